"""Column types that are not the same everywhere: whole numbers, and texts that sort by code point."""

from typing import Any

from sqlalchemy import BigInteger, Dialect, Index, Integer, String, TypeDecorator, UniqueConstraint, text

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


def make_unique(table: str, *columns: str, long: tuple[str, ...]) -> tuple[UniqueConstraint, Index]:
    """Make what lets no two rows have the same in some columns, of which some may be long.

    An index of PostgreSQL's takes 2,704 bytes a row: there, hashes of 128 bits stand for what may be longer.
    """
    return (
        UniqueConstraint(*columns).ddl_if(dialect="sqlite"),
        Index(
            name_unique(table, *columns),
            *(key if key in columns else text(key) for key in hash_keys(columns, long)),
            unique=True,
        ).ddl_if(dialect="postgresql"),
    )


def name_unique(table: str, *columns: str) -> str:
    """Give the name that a table's constraint has."""
    return f"uq_{table}_{'_'.join(columns)}"


def hash_keys(columns: tuple[str, ...], long: tuple[str, ...]) -> list[str]:
    """Give what an index of PostgreSQL's has in place of some columns, of which some may be long."""
    hashes = {name: [f"hashtextextended({name}, {seed})" for seed in (0, 1)] for name in long}
    return [key for name in columns for key in hashes.get(name, [name])]
