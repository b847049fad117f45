"""Somebody on the LAN listens, finds a cookie in the clear, and puts it into his own browser. His address is Alice's address.

No check of addresses sees a difference: behind the gateway both are one. What helps is that nothing can be heard: TLS for
every page, and a cookie with `Secure`, which no browser sends without.

Incidents: in 2010 Firesheep did it for everybody in the cafe, with one click. https://en.wikipedia.org/wiki/Firesheep
The class is CWE-614. https://cwe.mitre.org/data/definitions/614.html
"""

from cookielab.stage import Scenario, Stage


def play(stage: Stage) -> None:
    doors = stage.doors()
    (alice,) = stage.people("alice")
    mallory = stage.stranger("mallory@bob")
    mallory.arrive(doors)
    mallory.new_browser()

    stage.say(
        "At home Alice types the address, without https, and goes where the server sends her. She logs in and writes."
    )
    ear = stage.network.listen_to(alice)
    alice.arrive(doors)
    alice.login()
    alice.write()
    alice.read()

    stage.say("Later she types the address again.")
    alice.arrive(doors)
    alice.whoami()
    stage.control(f"{ear.requests()} requests could be heard in the clear", ear.requests() > 0)

    heard = [] if stage.calm else ear.cookies()
    stage.say("Mallory, in the same home, has listened. He puts the cookies that he has heard into his own browser.")
    for name, value in heard[:3]:
        mallory.plant_cookie(name, value)
        mallory.whoami()
        mallory.read()
    if not heard:
        mallory.whoami()
        mallory.read()
    alice.whoami()


SCENARIO = Scenario(
    id="eavesdrop",
    title="somebody listens",
    summary="somebody on the LAN reads a cookie in the clear and uses it from behind the same address",
    exercises=("isolation", "steadiness"),
    must_break=("speaks_http",),
    incident="https://en.wikipedia.org/wiki/Firesheep; https://cwe.mitre.org/data/definitions/614.html",
    needs=("login", "whoami", "tls"),
    remedy="speak TLS alone, and set `Secure` on the cookie, better still __Host-: what is not sent in the clear is not heard",
    play=play,
)
