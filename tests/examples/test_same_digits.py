"""The script on random numbers prints the same text with real Keras."""

import kerasish
from tests.examples.notebooks import EXAMPLES
from tests.examples.test_against_keras import with_keras


def test_the_same_text_with_keras_in_the_imports(capsys) -> None:
    import keras

    script = (EXAMPLES / "training" / "same_digits.py").read_text()
    printed = []
    for code in (script, with_keras(script)):
        kerasish.backend.clear_session()
        keras.backend.clear_session()
        exec(compile(code, "same_digits.py", "exec"), {"__name__": "__main__"})
        printed.append(capsys.readouterr().out)
    assert "kerasish" not in with_keras(script).partition('"""\n\n')[2]
    assert len(printed[0].splitlines()) == 7
    assert printed[0] == printed[1]
