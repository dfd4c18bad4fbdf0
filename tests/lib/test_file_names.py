import re

from practice_portal.lib.file_names import new_file_name


def test_a_name_is_letters_only_and_never_the_same_twice():
    names = {new_file_name(".webp") for _ in range(500)}

    assert len(names) == 500
    assert all(re.fullmatch(r"[a-z]{16}\.webp", name) for name in names)
