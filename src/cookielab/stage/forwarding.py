"""Headers by which proxies tell where a request comes from and whose it is; anybody can write them."""


def addresses(address: str) -> tuple[tuple[str, str], ...]:
    """Each header that names an address, with this one."""
    return (
        ("X-Forwarded-For", address),
        ("Forwarded", f"for={address}"),
        ("X-Real-IP", address),
        ("X-Client-IP", address),
        ("True-Client-IP", address),
    )


def names(user: str) -> tuple[tuple[str, str], ...]:
    """Each header that names a user, with this one."""
    headers = ("X-User", "X-Forwarded-User", "X-Remote-User", "Remote-User", "X-Auth-Request-User", "X-Username")
    return tuple((name, user) for name in headers)
