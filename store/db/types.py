"""Column types that are not the same everywhere: whole numbers, and texts that sort by code point."""

from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, String, TypeDecorator

# PostgreSQL refuses U+0000 in texts, which an archive may hold all the same. In its place stands one of the code points
# that Unicode keeps for use within a program, and gives to no character; what is read has the old one again.
_NUL, _STAND_IN = "\0", "\ufdd0"


def stand_in(text: str) -> str:
    """Give a text as PostgreSQL can hold it."""
    return text.replace(_NUL, _STAND_IN)


class _PostgresText(TypeDecorator[str]):
    """A text that sorts and compares by code point, whatever the database's collation, as on SQLite."""

    impl = String(collation="C")
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Let something else stand for NUL."""
        return stand_in(value) if isinstance(value, str) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """Give NUL back."""
        return value.replace(_STAND_IN, _NUL) if isinstance(value, str) else value


# Ids of a large archive need more than 32 bits. SQLite's whole numbers have as many as they need, and one that is to
# number rows has to be called so.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
TEXT = String().with_variant(_PostgresText(), "postgresql")
