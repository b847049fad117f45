"""A mouth and an ear at a host: opens and accepts TCP connections on command. Run there as `python -c`, one JSON line each.

{"listen": 7001}                                    -> {"listening": 7001}; who asks here is told its own ip:port
{"connect": ["198.51.100.80", 7001], "from": 5000}  -> {"seen": "ip:port"}, what the far end saw; or {"failed": why}
    "from": local port or [address, port]; "timeout": seconds; "send": text, then {"reply": text} is what comes back
    until the far end closes, or with "keep": true an HTTP reply's head and text, and the connection stays open
{"ask": 0}                                          -> {"seen": ...} again, over the connection opened as number 0
{"release": true}                                   -> {"released": count}; ends all that this probe opened
"""

import json
import socket
import struct
import sys
import threading
from typing import Any

RESET = struct.pack("ii", 1, 0)
opened: list[socket.socket] = []


def answer(client: socket.socket, address: str, port: int) -> None:
    text = f"{address}:{port}"
    with client:
        try:
            while question := client.recv(4096):
                if question.startswith(b"GET "):
                    client.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
                    if b"\r\nConnection: close\r\n" in question:
                        return
                else:
                    client.sendall(text.encode())
        except OSError:
            return


def accept(listener: socket.socket) -> None:
    while True:
        client, peer = listener.accept()
        threading.Thread(target=answer, args=(client, *peer), daemon=True).start()


def listen(port: int) -> dict[str, Any]:
    listener = socket.create_server(("0.0.0.0", port), backlog=64)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    return {"listening": port}


def connect(step: dict[str, Any]) -> dict[str, Any]:
    own = step.get("from") or 0
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    link.settimeout(step.get("timeout", 5.0))
    try:
        link.bind(("", own) if isinstance(own, int) else tuple(own))
        link.connect(tuple(step["connect"]))
        if step.get("keep"):
            opened.append(link)
            link.sendall(step["send"].encode())
            reply = b""
            while not reply.partition(b"\r\n\r\n")[2]:
                part = link.recv(4096)
                if not part:
                    return {"failed": "closed by the far end"}
                reply += part
            return {"reply": reply.decode("latin-1")}
        if "send" in step:
            with link:
                link.sendall(step["send"].encode())
                with link.makefile("rb") as back:
                    return {"reply": back.read().decode("latin-1")}
        opened.append(link)
        return ask(link)
    except OSError as error:
        link.close()
        return {"failed": type(error).__name__}


def ask(link: socket.socket) -> dict[str, Any]:
    try:
        link.sendall(b"?")
        seen = link.recv(64).decode()
    except OSError as error:
        return {"failed": type(error).__name__}
    return {"seen": seen} if seen else {"failed": "closed by the far end"}


def release() -> dict[str, Any]:
    count = len(opened)
    for link in opened:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        link.close()
    opened.clear()
    return {"released": count}


for line in sys.stdin:
    wanted = json.loads(line)
    if "listen" in wanted:
        result = listen(wanted["listen"])
    elif "connect" in wanted:
        result = connect(wanted)
    elif "ask" in wanted:
        result = ask(opened[wanted["ask"]])
    else:
        result = release()
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
