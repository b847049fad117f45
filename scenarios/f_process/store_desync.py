"""Alice asks, and goes away before the reply. What was meant for her must not be what the next one gets.

The server asks its store over a connection that all requests share. If a request is cancelled between the question and
its reply, the reply stays in the connection, and the next request takes it for its own.

Incident: people saw titles of others' conversations, ChatGPT, 20 March 2023.
https://openai.com/index/march-20-chatgpt-outage/
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
        stage.say("Alice asks who she is, and goes away while the server works on that.")
        with stage.gate("identified", alice, "whoami") as held:
            if held:
                held.drop()
        stage.say("Bob comes next, and then Alice again.")
        for person in (bob, alice):
            person.whoami()
            person.read()


SCENARIO = Scenario(
    id="store-desync",
    title="a request that is given up",
    summary="a cancelled request leaves its reply in the store's connection; the next request must not get it",
    exercises=("isolation",),
    must_break=("desynced_store",),
    incident="https://openai.com/index/march-20-chatgpt-outage/",
    capture="off",
    needs=("login", "whoami", "write", "read"),
    repeated=True,
    remedy="close a connection on which a reply is still to come; never give it back to the pool",
    play=play,
)
