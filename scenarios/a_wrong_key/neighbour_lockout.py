"""Bob gets the password wrong, again and again. Alice sits behind the same address, and must still get in.

A limit on failed logins is right. Counted by address it is a switch by which anybody in an office, a school or behind a
carrier's NAT locks out all the others. (RFC 6269, 13; OWASP ASVS 5.0, 6.3.1 asks for limits, not for these.)

Incident: whole networks blocked over one of their users are the oldest consequence of shared addresses.
https://www.rfc-editor.org/rfc/rfc6269#section-13
"""

from cookielab.stage import Scenario, Stage

FAILURES = 20


def play(stage: Stage) -> None:
    alice, *_ = stage.people("alice")
    bob = stage.stranger("bob")

    stage.say("Alice logs in, and out again.")
    alice.login()
    alice.whoami()
    alice.logout()
    alice.new_browser()

    failures = min(FAILURES, bob.patience)
    stage.say(f"Bob, behind the same address, fails to log in {failures} times, with a name that nobody has.")
    for number in range(failures):
        bob.fail_to_log_in(f"nobody-{number % 3}")

    stage.say("Alice logs in, with the right password.")
    alice.login()
    alice.whoami()


SCENARIO = Scenario(
    id="neighbour-lockout",
    title="locked out by a neighbour",
    summary="Bob fails to log in; Alice behind the same address must still get in",
    exercises=("steadiness",),
    must_break=("limits_by_address",),
    incident="https://www.rfc-editor.org/rfc/rfc6269#section-13",
    needs=("login", "whoami", "password"),
    remedy="count failed logins by account, and slow down instead of locking out; an address is shared by many",
    play=play,
)
