"""The full example of fastapi-users' documentation: SQLAlchemy, a cookie that holds a JWT or an id, and a further column."""

import os
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, CookieTransport, JWTStrategy
from fastapi_users.authentication.strategy.db import AccessTokenDatabase, DatabaseStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from sqlalchemy import String
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET = "for-tests-alone-0123456789-0123456789"
engine = create_async_engine("sqlite+aiosqlite:///users.db")
maker = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    note: Mapped[str] = mapped_column(String(200), default="")


class Token(SQLAlchemyBaseAccessTokenTableUUID, Base):
    pass


async def session() -> AsyncGenerator[AsyncSession, None]:
    async with maker() as each:
        yield each


async def users(of: AsyncSession = Depends(session)):
    yield SQLAlchemyUserDatabase(of, User)


async def tokens(of: AsyncSession = Depends(session)):
    yield SQLAlchemyAccessTokenDatabase(of, Token)


class Manager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def manager(of=Depends(users)):
    yield Manager(of)


def jwt():
    return JWTStrategy(secret=SECRET, lifetime_seconds=3600)


def stored(of: AccessTokenDatabase = Depends(tokens)):
    return DatabaseStrategy(of, lifetime_seconds=3600)


transport = CookieTransport(cookie_max_age=3600, cookie_secure=False)
backend = AuthenticationBackend("c", transport, jwt if os.environ.get("STRAT") == "jwt" else stored)
fastapi_users = FastAPIUsers[User, uuid.UUID](manager, [backend])


class Read(schemas.BaseUser[uuid.UUID]):
    note: str = ""


class Create(schemas.BaseUserCreate):
    pass


class Update(schemas.BaseUserUpdate):
    note: str | None = None


@asynccontextmanager
async def life(app):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=life)
app.include_router(fastapi_users.get_auth_router(backend), prefix="/auth/cookie")
app.include_router(fastapi_users.get_register_router(Read, Create), prefix="/auth")
app.include_router(fastapi_users.get_users_router(Read, Update), prefix="/users")
