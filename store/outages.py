"""What an operator is told, in one sentence, when something keeps a process or a command from its work."""

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import AppError
from store.db import SchemaError
from store.secret_errors import KeyFileError

OUTAGES: tuple[type[Exception], ...] = (AppError, SchemaError, RedisError, SQLAlchemyError, OSError)


def name_outage(error: Exception) -> str:
    """The sentence for one of OUTAGES. Words of drivers stay inside, because they hold addresses; the path of a key
    file is told here and nowhere else.
    """
    if isinstance(error, KeyFileError):
        return f"{error} The key file: {error.path}"
    if isinstance(error, RedisError):
        return f"Redis cannot be used now ({type(error).__name__}). Check REDIS_URL, and that it runs."
    if isinstance(error, SQLAlchemyError):
        return f"The database cannot be used now ({type(error).__name__}). Check DATABASE_URL, and that it runs."
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'} cannot be used: {error.strerror or type(error).__name__}"
    return str(error)
