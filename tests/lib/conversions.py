# SPDX-License-Identifier: ISC
"""Scenes of conversions in place, for tests that disturb commands."""

from scenes import CHEAP, JOURNAL, KEY, Scene, TEMPORARY, run, state


class Conversion(Scene):
    """
    A conversion in place of the file "image".

    original    image's bytes before
    resume      the command that continues it
    done        whether it is converted: given the folder
    """

    def __init__(self, name, argv, before, journal, resume, done):
        makes = {"image", "header"} & (before.keys() | set(argv))
        super().__init__(name, argv, before, makes=makes | {journal})
        self.journal, self.resume, self.done = journal, resume, done

    def succeeded(self, folder, result):
        now = state(folder)
        wrong = [f"{name} is left over" for name in now
                 if name not in self.before and name not in self.makes]
        if result.status != 0:
            wrong.append("it did not succeed")
        elif self.journal in now or not self.done(folder):
            wrong.append("the result is not right")
        return [f"{w}: {result}" for w in wrong]

    def undone(self, folder, temporary=False):
        """As it was, or it can be resumed."""
        now = state(folder)
        left = [f"{name} is left over" for name in now
                if name not in self.before and name not in self.makes
                and not (temporary and name.startswith(TEMPORARY))]
        if self.journal in now:
            result = run(self.resume, folder)
            if result.status != 0 or not self.done(folder):
                left.append(f"it cannot be resumed: {result}")
            return left
        changed = [f"{name} has changed" for name, data in self.before.items()
                   if now.get(name) != data]
        # With the journal gone, only the folder could not be synced.
        return left + changed if changed and not self.done(folder) else left


def conversions(stage):
    """In place; too small for more than one chunk."""
    resume = ["resume", "-q", *KEY]
    journal, other = "image" + JOURNAL, "header" + JOURNAL
    encrypt = ["encrypt", "--in-place", "-q", *CHEAP, *KEY, "image"]
    decrypt = ["decrypt", "--in-place", "-q", *KEY, "image"]
    apart = ["-H", "header"]
    bare = ["--no-integrity", *apart]

    def opens(*words):
        def done(folder):
            result = run(["decrypt", *KEY, "-c", *words, "image"], folder)
            return result.status == 0 and result.out == stage.plain
        return done

    def is_plain(folder):
        now = state(folder)
        return now["image"] == stage.plain and "header" not in now

    plain = stage.files(image=stage.plain)
    return [
        Conversion("encrypt --in-place", encrypt, plain, journal,
                   [*resume, "image"], opens()),
        Conversion("encrypt --in-place -H", encrypt + bare, plain, other,
                   [*resume, *apart, "image"], opens(*apart)),
        Conversion("decrypt --in-place", decrypt,
                   stage.files(image=stage.sealed), journal,
                   [*resume, "image"], is_plain),
        Conversion("decrypt --in-place -H", decrypt + apart,
                   stage.files(image=stage.payload, header=stage.header),
                   other, [*resume, *apart, "image"], is_plain),
    ]
