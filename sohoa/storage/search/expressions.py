"""What an index is asked, in words of neither database: lexemes joined by all, any and but-not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lexeme:
    """prefix: any lexeme that begins so."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ButNot:
    wanted: Expression
    unwanted: Expression


Expression = Lexeme | All | Any_ | ButNot


def any_of(parts: list[Expression] | tuple[Expression, ...]) -> Expression:
    return parts[0] if len(parts) == 1 else Any_(tuple(parts))


def all_of(parts: list[Expression] | tuple[Expression, ...]) -> Expression:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def in_fts5(asked: Expression) -> str:
    """Every lexeme is a quoted string, and has no quote of its own to leave it by."""
    match asked:
        case Lexeme(text, prefix):
            return f'"{text}"*' if prefix else f'"{text}"'
        case All(parts):
            return "(" + " AND ".join(in_fts5(part) for part in parts) + ")"
        case Any_(parts):
            return "(" + " OR ".join(in_fts5(part) for part in parts) + ")"
        case ButNot(wanted, unwanted):
            return f"({in_fts5(wanted)} NOT {in_fts5(unwanted)})"


def in_tsquery(asked: Expression) -> str:
    """As the text form of a tsquery: no parser of the server looks into its quoted lexemes."""
    match asked:
        case Lexeme(text, prefix):
            return f"'{text}':*" if prefix else f"'{text}'"
        case All(parts):
            return "(" + "&".join(in_tsquery(part) for part in parts) + ")"
        case Any_(parts):
            return "(" + "|".join(in_tsquery(part) for part in parts) + ")"
        case ButNot(wanted, unwanted):
            return f"({in_tsquery(wanted)}&!{in_tsquery(unwanted)})"
