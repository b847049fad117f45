"""Bob's request comes while Alice's is being worked on. Who is logged in must not be kept where both find it.

A variable for "the current user" is right as long as nobody else comes in between. On one's own machine nobody does.

Incident: a request got the session of another one that was handled at the same time, GitHub, March 2021.
https://github.blog/2021-03-18-how-we-found-and-fixed-a-rare-race-condition-in-our-session-handling/
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice and Bob log in, and write a note each.")
    for person in (alice, bob):
        person.login()
        person.write()
        person.whoami()

    for _ in range(stage.tries):
        stage.say("Alice reads her note. While the server works on that, Bob asks who he is.")
        with stage.gate("identified", alice, "read"):
            bob.whoami()
        stage.say("The other way round: Bob reads his note, and Alice asks.")
        with stage.gate("identified", bob, "read"):
            alice.whoami()

    for person in (alice, bob):
        person.whoami()
        person.read()


SCENARIO = Scenario(
    id="global-user",
    title="a variable for the current user",
    summary="two requests are worked on at once, and each is answered for whom it is",
    exercises=("isolation",),
    must_break=("global_user",),
    incident="https://github.blog/2021-03-18-how-we-found-and-fixed-a-rare-race-condition-in-our-session-handling/",
    needs=("login", "whoami", "write", "read"),
    repeated=True,
    remedy="hand the user on with the request, or use a context variable; never a variable of a module, a class or the app",
    play=play,
)
