"""What the product remembers, as text to search or to compare."""

from sqlalchemy import MetaData, select


def dump_database(services):
    tables = MetaData()
    tables.reflect(services.engine)
    with services.engine.connect() as connection:
        return repr([connection.execute(select(table)).all() for table in tables.sorted_tables])


def dump_redis(services, but=()):
    """Every key with its content, without those that begin so."""
    redis, found = services.redis, []
    for key in sorted(redis.keys("*")):
        if key.decode().startswith(tuple(but)):
            continue
        reader = {
            b"string": redis.get, b"hash": redis.hgetall, b"zset": lambda k: redis.zrange(k, 0, -1),
            b"set": redis.smembers, b"list": lambda k: redis.lrange(k, 0, -1), b"stream": redis.xrange,
        }[redis.type(key)]  # fmt: skip
        found.append((key, reader(key)))
    return repr(found)
