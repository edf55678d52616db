"""Kills commands and judges what is left."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.kills import children
from tests.kills.world import COMMANDS, STARTS, TARGET, Command, Start, configuration, possible
from tests.support.planted_faults import Search

_PROCESSES: Final = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.kills.children"])
_MAX_SECONDS: Final = 300.0


@dataclass
class Tally:
    """What many kills have left.

    Attributes:
        kills: Commands that were killed.
        rows_lost: Rows that are missing after the command was run again, and rows of other runs that readers miss in
            between.
        rows_duplicated: Rows that are there twice.
        false_all_clears: Answers "no findings" about a run whose data are faulty, or were being profiled again.
        values_found: Values of sensitive columns in the store, or in what `findings` said.
        searched_bytes: Bytes in which they were looked for.
        said: What `findings` said after the kills.
        problems: The first few problems, in words.
    """

    kills: int = 0
    rows_lost: int = 0
    rows_duplicated: int = 0
    false_all_clears: int = 0
    values_found: int = 0
    searched_bytes: int = 0
    said: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add the kills of another process."""
        self.kills += other.kills
        self.rows_lost += other.rows_lost
        self.rows_duplicated += other.rows_duplicated
        self.false_all_clears += other.false_all_clears
        self.values_found += other.values_found
        self.searched_bytes += other.searched_bytes
        self.said += other.said
        self.problems += other.problems


@dataclass(frozen=True)
class Undisturbed:
    """A command that was not killed.

    Attributes:
        seconds: How long it took.
        writes: How long each of its writes took.
        rows: The rows afterwards; see `children.count`.
    """

    seconds: float
    writes: tuple[float, ...]
    rows: dict[str, dict[str, Counter[tuple[str, ...]]]]


def kill_many(folder: Path, seed: int, kills: int, answer: Connection) -> None:
    """Kill commands in a folder of their own, and send the tally.

    Args:
        folder: The folder; it is made.
        seed: What the kills depend on.
        kills: How many.
        answer: Where the tally is sent.
    """
    folder.mkdir()
    trials = Trials(folder, seed)
    trials.prepare()
    for tally in trials.run(kills):
        if sys.stderr.isatty():
            print(f"\r{tally.kills} of {kills} ", end="", file=sys.stderr)
    answer.send(trials.tally)


class Trials:
    """Kills commands in a folder of its own.

    Args:
        folder: The folder.
        seed: What the kills depend on.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._random = Random(seed)  # noqa: S311 -- repeatable, not secret
        self._known: dict[tuple[Start, Command], Undisturbed] = {}
        self._rows: dict[Start, dict[str, Any]] = {}
        self._search = Search()
        self.tally = Tally()

    def prepare(self) -> None:
        """Make the stores that the kills begin with."""
        base = self._new("base")
        _ask(children.prepare, base)
        for number, start in enumerate(STARTS):
            own = self._copy(base, f"start{number}")
            if start.done:
                _ask_until_done(own, start.done)
            self._rows[start] = _ask(children.count, own)

    def _new(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(parents=True)
        (folder / "shop.yml").write_text(configuration(folder), encoding="utf-8")
        return folder

    def _copy(self, source: Path, name: str) -> Path:
        shutil.rmtree(self._folder / name, ignore_errors=True)
        folder = self._new(name)
        if (source / "store").exists():
            shutil.copytree(source / "store", folder / "store")
        return folder

    def run(self, kills: int) -> Iterator[Tally]:
        """Kill so many commands, and yield the tally after each trial."""
        while self.tally.kills < kills:
            number = self._random.randrange(len(STARTS))
            start = STARTS[number]
            command = self._random.choice([one for one in COMMANDS if possible(start, one)])
            expected = self._undisturbed(start, command, self._folder / f"start{number}")
            self._trial(start, command, expected, self._copy(self._folder / f"start{number}", "trial"))
            yield self.tally

    def _undisturbed(self, start: Start, command: Command, source: Path) -> Undisturbed:
        if (start, command) not in self._known:
            folder = self._copy(source, "undisturbed")
            began = time.monotonic()
            writes = _ask_until_done(folder, (command,))
            seconds = time.monotonic() - began
            self._known[start, command] = Undisturbed(seconds, tuple(writes), _ask(children.count, folder))
        return self._known[start, command]

    def _trial(self, start: Start, command: Command, expected: Undisturbed, folder: Path) -> None:
        """Kill a command once or twice, look at the store after each kill, and run the command to the end."""
        what = f"{start.data}, {command}"
        before = _commits(folder)
        for _ in range(self._random.choice((1, 1, 2))):
            if not self._kill(folder, command, expected):
                break
            self.tally.kills += 1
            self._judge_answer(start, command, begun=_commits(folder) > before, folder=folder, what=what)
            self._judge_others(start, _ask(children.count, folder), what)
            self._judge_values(folder, what)
        _ask_until_done(folder, (command,))
        left = _ask(children.count, folder)
        for kind in ("seen", "stored"):
            self._judge_rows(expected.rows[kind], left[kind], f"{what}: {kind} after the command was run again")

    def _kill(self, folder: Path, command: Command, expected: Undisturbed) -> bool:
        """Return whether the command was killed before it had ended."""
        mine, theirs = _PROCESSES.Pipe()
        process = _PROCESSES.Process(target=children.run, args=(folder, (command,), theirs))
        process.start()
        theirs.close()
        if self._random.random() < 0.4:
            time.sleep(self._random.uniform(0, expected.seconds))
        else:
            number = self._random.randrange(len(expected.writes))
            for _ in range(2 * number + 1):
                if not _hears(mine):
                    break
            time.sleep(self._random.uniform(0, 1.3) * expected.writes[number])
        process.kill()
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        mine.close()
        return killed

    def _judge_answer(self, start: Start, command: Command, *, begun: bool, folder: Path, what: str) -> None:
        answer = _ask(children.ask, folder)
        self._search.text("findings", answer["text"] + str(answer["json"]))
        # The first look at a new table is no finding: a run that has nothing else has none.
        findings = [row for row in answer["json"] if row["class"] != "first look"]
        status = answer["status"]
        all_clear = (not findings and status not in {2, 4}) or "no findings for" in answer["text"]
        profiles = command.name == "profile" and begun
        latest = command.data if profiles else start.data
        self.tally.said[_said(status, found=bool(findings))] += 1
        if status not in {0, 2, 4} or (status == 2 and start.data is not None):
            self._problem(f"{what}: findings ended with {status}: {answer['text']}")
            self.tally.false_all_clears += 1
        elif all_clear and latest != "good":
            self._problem(f"{what}: {answer['text']}")
            self.tally.false_all_clears += 1
        elif status == 0 and latest == "bad" and not any(row["run_id"] == TARGET for row in findings):
            self._problem(f"{what}: the finding is gone: {answer['text']}")
            self.tally.false_all_clears += 1

    def _judge_others(self, start: Start, left: dict[str, Any], what: str) -> None:
        """Compare what readers see of other runs with what they saw before."""
        for name, rows in self._rows[start]["seen"].items():
            self._judge_rows({name: _others(rows)}, {name: _others(left["seen"][name])}, f"{what}: other runs")

    def _judge_values(self, folder: Path, what: str) -> None:
        """Look for values of sensitive columns in every byte of the store."""
        self._search.store(folder / "store")
        self.tally.values_found += len(self._search.hits)
        self.tally.searched_bytes = self._search.searched_bytes
        if self._search.hits:
            self._problem(f"{what}: {self._search.hits.pop()}")
            self._search.hits.clear()

    def _judge_rows(
        self,
        expected: dict[str, Counter[tuple[str, ...]]],
        found: dict[str, Counter[tuple[str, ...]]],
        what: str,
    ) -> None:
        for name, rows in expected.items():
            lost, more = rows - found[name], found[name] - rows
            self.tally.rows_lost += lost.total()
            self.tally.rows_duplicated += more.total()
            if lost or more:
                self._problem(f"{what}: {name} lost {list(lost)[:3]}, has more {list(more)[:3]}")

    def _problem(self, text: str) -> None:
        if len(self.tally.problems) < 20:
            self.tally.problems.append(text)


def _said(status: int, *, found: bool) -> str:
    if status == 2:
        return "the run is not in the store"
    if status == 4:
        return "nothing can be said"
    return "the finding" if found else "no findings, and the data are healthy"


def _others(rows: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    return Counter({key: number for key, number in rows.items() if key[0] != TARGET})


def _commits(folder: Path) -> int:
    return len(list((folder / "store" / "manifests" / "_delta_log").glob("*.json")))


def _hears(connection: Connection) -> bool:
    try:
        return bool(connection.poll(_MAX_SECONDS)) and connection.recv() is not None
    except EOFError:
        return False


def _ask(target: Callable[..., None], folder: Path) -> Any:
    """Return what a function sends from a process of its own."""
    mine, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=target, args=(folder, theirs))
    process.start()
    theirs.close()
    if not mine.poll(_MAX_SECONDS):
        message = f"no answer from {target.__name__} within {_MAX_SECONDS:g} s"
        raise TimeoutError(message)
    answer = mine.recv()
    process.join()
    mine.close()
    return answer


def _ask_until_done(folder: Path, commands: tuple[Command, ...]) -> list[float]:
    """Run commands to the end in a process of their own; return how long each write took."""
    mine, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=children.run, args=(folder, commands, theirs))
    process.start()
    theirs.close()
    began, writes = 0.0, []
    while (word := mine.recv()) != "done":
        if word == "before":
            began = time.monotonic()
        else:
            writes.append(time.monotonic() - began)
    process.join()
    mine.close()
    return writes
