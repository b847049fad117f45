"""Alice logs out at one replica. Another one has her session in its memory: how long is the old cookie good there?

The session table asks the store for each request, so its bound is zero: after the reply to the logout nobody lets the old
cookie in. Whoever remembers sessions at each replica has to tell all of them of a logout, or to state how late it counts.

Incident: a cache in each process kept people logged in. https://github.com/BuilderIO/agent-native/pull/4302
"""

from cookielab.stage import Scenario, Stage

REPLICAS = 2
ROUNDS = 2


def play(stage: Stage) -> None:
    stage.replicas(REPLICAS, "nginx-balancing")
    alice, bob = stage.people("alice", "bob")

    stage.say("Alice logs in and looks around, until each replica has seen her.")
    alice.login()
    for _ in range(REPLICAS * ROUNDS):
        alice.whoami()
    copied = alice.cookie_header

    stage.say("She logs out: one replica hears of it. A copy of her cookie is tried at both.")
    alice.logout()
    for _ in range(REPLICAS * ROUNDS):
        alice.forge(copied, about="the cookies from before the logout", verb="whoami")

    stage.say("Bob, who never logged out, is Bob everywhere.")
    bob.login()
    for _ in range(REPLICAS * ROUNDS):
        bob.whoami()


SCENARIO = Scenario(
    id="replica-lag",
    title="a logout that one replica has not heard of",
    summary="a logout at one replica, then the old cookie at another",
    exercises=("finality", "steadiness"),
    must_break=("cached_table",),
    incident="https://github.com/BuilderIO/agent-native/pull/4302",
    needs=("login", "whoami", "logout"),
    parts=("nginx", "store"),
    own="it takes several replicas over one store, which a profile cannot describe yet",
    remedy="ask the store for each request, or tell all replicas of a logout before it is answered",
    play=play,
)
