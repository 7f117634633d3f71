def test_notes_are_saved_while_they_are_written(shell, go, monkeypatch):
    monkeypatch.setattr("workbench.dashboard.items.NOTES_S", 0.0)
    page = go(shell, "items")
    page._write("a note", "first words")
    shell.tick()
    assert page.store.load("a note") == "first words"
    page._write("a note", "first words, and more")
    shell.tick()
    assert page.store.load("a note") == "first words, and more"
    assert page.written == {}


def test_notes_are_not_saved_at_every_key(shell, go):
    page = go(shell, "items")
    page.keep()
    page._write("a note", "first")
    shell.tick()
    assert page.written == {"a note": "first"}
    page.close()
    assert page.store.load("a note") == "first"
