"""FastAPI's tutorial on form data and cookies put together: a login that sets a cookie, and who one is."""

import secrets
from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, Form, HTTPException, Response
from pydantic import BaseModel

app = FastAPI()

fake_users_db = {
    "alice": {"username": "alice", "full_name": "Alice Wonderson", "password": "secret1"},
    "bob": {"username": "bob", "full_name": "Bob Builder", "password": "secret2"},
}
sessions: dict[str, str] = {}


class User(BaseModel):
    username: str
    full_name: str | None = None


async def get_current_user(session_id: Annotated[str | None, Cookie()] = None) -> User:
    username = sessions.get(session_id or "")
    if username is None:
        raise HTTPException(status_code=401, detail="Not authenticated")
    return User(**fake_users_db[username])


@app.post("/login/")
async def login(username: Annotated[str, Form()], password: Annotated[str, Form()], response: Response):
    user = fake_users_db.get(username)
    if not user or user["password"] != password:
        raise HTTPException(status_code=400, detail="Incorrect username or password")
    session_id = secrets.token_urlsafe(32)
    sessions[session_id] = username
    response.set_cookie(key="session_id", value=session_id, httponly=True)
    return {"message": "Come to the dark side, we have cookies"}


@app.get("/users/me")
async def read_users_me(current_user: Annotated[User, Depends(get_current_user)]) -> User:
    return current_user


@app.post("/logout/")
async def logout(response: Response, session_id: Annotated[str | None, Cookie()] = None):
    sessions.pop(session_id or "", None)
    response.delete_cookie("session_id")
    return {"message": "Logged out"}
