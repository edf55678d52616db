"""Keeps compiled templates between commands: compiling takes longer than filling them in."""

from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket


class TemplateCache(FileSystemBytecodeCache):
    """Jinja's cache of compiled templates, in a folder that nobody but the user may write to.

    What it holds is run, so that a folder that others could write to is not used. What cannot be read or written is
    compiled anew; no error is raised.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a compiled template, if there is one."""
        try:
            if self._is_private():
                super().load_bytecode(bucket)
        except (OSError, EOFError, pickle.UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        try:
            Path(self.directory).mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
            if self._is_private():
                super().dump_bytecode(bucket)
        except OSError:
            return

    def _is_private(self) -> bool:
        found = os.stat(self.directory)
        return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
