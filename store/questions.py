"""Questions of the web process that a worker has to answer: suggest, choices, check, dry run.

Arguments are ids and numbers only. An answer may hold content: it is sealed for the site and the question, kept for a
minute at most, and gone when it is read.
"""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr
from redis import Redis

from domain.errors import AppError
from domain.records import Json
from store.duties import Duties
from store.queue import as_text
from store.refusals import read_error, write_error
from store.secrets import Vault

QuestionKind = Literal["suggest", "choices", "check", "dry-run"]
ASKED_SECONDS = 180  # how long a worker may find it
ANSWER_SECONDS = 60
LISTEN_SECONDS = 2  # in one call: shorter than a connection to Redis waits for an answer


@dataclass(frozen=True, slots=True)
class Question:
    """What a site wants to know. `arguments`: ids and numbers, `migration` the id of the migration among them."""

    id: str
    installation_id: str
    kind: QuestionKind
    arguments: Json


class Questions:
    """Asks, and answers. Raises RedisError when Redis is away."""

    def __init__(self, redis: Redis, vault: Vault, duties: Duties) -> None:
        self._redis = redis
        self._vault = vault
        self._duties = duties

    # --- the web process ---

    def ask(self, installation_id: str, kind: QuestionKind, arguments: Json, now: int) -> str:
        """Ask, and have a worker look at it; the id of the question. A question that was left before it was answered is
        taken up again instead, so whoever asks the same again gets the answer to it.
        """
        left = self._redis.getdel(_left(installation_id, kind, arguments))
        if left is not None and self._is_alive(as_text(left)):
            return as_text(left)
        question_id = secrets.token_hex(16)
        asked = {"installation": installation_id, "kind": kind, "arguments": dict(arguments)}
        self._redis.set(_asked(question_id), json.dumps(asked), ex=ASKED_SECONDS)
        self._duties.want("migrate", f"ask:{question_id}", now)
        return question_id

    def wait(self, question_id: str, seconds: float) -> Json | None:
        """The answer, None when there is none within `seconds`. Raises what the worker met (AppError)."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            heard = self._redis.blpop([_answer(question_id)], timeout=min(left, LISTEN_SECONDS))
            if heard:
                return self._read(question_id, as_text(heard[1]))
        return None

    def leave(self, question_id: str) -> str:
        """Stop waiting; whoever asks the same again takes it up. The words a worker said last, '' when none has it."""
        asked = self.find(question_id)
        if asked is None:
            return ""
        self._redis.set(_left(asked.installation_id, asked.kind, asked.arguments), question_id, ex=ASKED_SECONDS)
        words = self._redis.get(_words(question_id))
        return as_text(words) if words is not None else ""

    # --- workers ---

    def find(self, question_id: str) -> Question | None:
        """A question that is not answered yet; None when nobody waits for it any more."""
        kept = self._redis.get(_asked(question_id))
        if kept is None:
            return None
        asked = json.loads(as_text(kept))
        return Question(question_id, asked["installation"], asked["kind"], asked["arguments"])

    def note(self, question_id: str, words: str) -> None:
        """Say what is being done, in words that finish "The worker is ...": shown when it takes long. No content."""
        self._redis.set(_words(question_id), words, ex=ASKED_SECONDS)

    def answer(self, question: Question, document: Json) -> None:
        """Answer it with JSON values."""
        self._put(question, {"answer": document})

    def refuse(self, question: Question, error: AppError) -> None:
        """Answer it with an error, which is raised where it was asked."""
        self._put(question, {"error": write_error(error)})

    def _put(self, question: Question, content: Json) -> None:
        """Answered by the first of two workers that were at it, and by him alone."""
        hidden = SecretStr(json.dumps(content))
        sealed = self._vault.seal(question.installation_id, f"answer:{question.id}", hidden)
        if not self._redis.delete(_asked(question.id)):
            return
        envelope = json.dumps({"installation": question.installation_id, "sealed": sealed})
        with self._redis.pipeline() as pipe:
            pipe.rpush(_answer(question.id), envelope)
            pipe.expire(_answer(question.id), ANSWER_SECONDS)
            pipe.execute()

    def _read(self, question_id: str, envelope: str) -> Json:
        kept = json.loads(envelope)
        opened = self._vault.open(kept["installation"], f"answer:{question_id}", kept["sealed"])
        content = json.loads(opened.get_secret_value())
        if "error" in content:
            raise read_error(content["error"])
        answer: Json = content["answer"]
        return answer

    def _is_alive(self, question_id: str) -> bool:
        return bool(self._redis.exists(_asked(question_id), _answer(question_id)))


def _asked(question_id: str) -> str:
    return f"crosswalk:question:{question_id}"


def _answer(question_id: str) -> str:
    return f"crosswalk:answer:{question_id}"


def _words(question_id: str) -> str:
    return f"crosswalk:question-words:{question_id}"


def _left(installation_id: str, kind: str, arguments: Json) -> str:
    return f"crosswalk:question-left:{installation_id}:{kind}:{json.dumps(arguments, sort_keys=True)}"
