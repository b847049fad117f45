"""Three replicas of the server share the work: each request goes to another one, and then one of them dies.

A table of sessions in memory is there three times, and each knows a third of the people. With one store for all of them it
does not matter who answers, and not even that one of them is gone.

Incident: sessions in a place that only one instance sees. https://github.com/cloud-gov/cg-dashboard/issues/751
"""

from cookielab.stage import Scenario, Stage

REPLICAS = 3


def play(stage: Stage) -> None:
    replicas = stage.replicas(REPLICAS)
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice and Bob log in and look around; each request goes to the next replica.")
    for person in (alice, bob):
        person.login()
    for _ in range(REPLICAS):
        alice.whoami()
        bob.whoami()

    stage.say("One replica dies. They look around once more.")
    stage.kill(replicas[1])
    for _ in range(REPLICAS):
        alice.whoami()
        bob.whoami()

    stage.say("Alice logs out. A copy of her cookie is tried at all that are left; Bob is still Bob.")
    copied = alice.cookie_header
    alice.logout()
    for _ in range(REPLICAS):
        alice.forge(copied, about="the cookies from before the logout", verb="whoami")
        bob.whoami()


SCENARIO = Scenario(
    id="replicas",
    title="several replicas, and one dies",
    summary="requests are spread over three replicas of the server, of which one is killed",
    exercises=("steadiness", "finality"),
    must_break=("per_replica_table",),
    incident="https://github.com/cloud-gov/cg-dashboard/issues/751",
    needs=("login", "whoami", "logout"),
    parts=("haproxy", "store"),
    remedy="keep sessions in one store that all replicas ask; do not make it a matter of which replica answers",
    play=play,
)
