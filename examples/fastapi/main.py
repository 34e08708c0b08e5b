"""A backend as the tutorial of FastAPI on security builds it, with a PATCH for the account."""

from datetime import datetime, timedelta, timezone
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from jwt.exceptions import InvalidTokenError
from pwdlib import PasswordHash
from pydantic import BaseModel

SECRET_KEY = "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7"
ALGORITHM = "HS256"
password_hash = PasswordHash.recommended()


class User(BaseModel):
    username: str
    email: str | None = None
    full_name: str | None = None


class Changes(BaseModel):
    full_name: str | None = None
    email: str | None = None


class Item(BaseModel):
    item_id: str
    owner: str


class Token(BaseModel):
    access_token: str
    token_type: str


users = {
    "johndoe": {
        "username": "johndoe",
        "full_name": "John Doe",
        "email": "johndoe@example.com",
        "hashed_password": password_hash.hash("correct-horse"),
    }
}

oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")
app = FastAPI(version="1.0.0")


def current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> dict:
    try:
        name = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM]).get("sub")
    except InvalidTokenError:
        name = None
    if name not in users:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            detail="Could not validate credentials",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return users[name]


@app.post("/token")
def login(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    user = users.get(form.username)
    if not user or not password_hash.verify(form.password, user["hashed_password"]):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, detail="Incorrect username or password")
    expires = datetime.now(timezone.utc) + timedelta(minutes=30)
    token = jwt.encode({"sub": user["username"], "exp": expires}, SECRET_KEY, algorithm=ALGORITHM)
    return Token(access_token=token, token_type="bearer")


@app.get("/users/me/")
def read_me(user: Annotated[dict, Depends(current_user)]) -> User:
    return User(**user)


@app.patch("/users/me/")
def change_me(changes: Changes, user: Annotated[dict, Depends(current_user)]) -> User:
    user.update(changes.model_dump(exclude_unset=True))
    return User(**user)


@app.get("/users/me/items/")
def read_items(user: Annotated[dict, Depends(current_user)]) -> list[Item]:
    return [Item(item_id="Foo", owner=user["username"])]
