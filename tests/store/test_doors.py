"""Programs that are killed while they save, and programs that save at once."""

import threading
import time

import pytest

from workbench import store


def require_kills(found, n):
    assert found["kills"] == n
    assert found["acknowledged"] > 0
    assert found["lost"] == []
    assert found["corrupt"] == []


def require_races(found, n):
    assert found["acknowledged"] == found["distinct"] == found["revisions"] == 4 * n
    assert found["lost"] == found["half"] == found["damage"] == found["ended badly"] == []
    assert found["copies"] == found["revisions"]


@pytest.mark.parametrize(("n", "journal"), [(8, "wal"), (3, "delete")])
def test_a_killed_program_loses_nothing_that_was_acknowledged(report, n, journal):
    require_kills(report("doors.py", "kills", n, journal), n)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_200_killed_programs_lose_nothing(report, journal):
    require_kills(report("doors.py", "kills", 200, journal), 200)


@pytest.mark.parametrize(("n", "journal"), [(10, "wal"), (3, "delete")])
def test_four_programs_write_at_once(report, n, journal):
    require_races(report("doors.py", "races", n, journal), n)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_four_programs_write_500_rounds(report, journal):
    require_races(report("doors.py", "races", 500, journal), 500)


def test_another_program_sees_every_save(report):
    found = report("doors.py", "sight", 20, "wal")
    assert (found["saved"], found["seen"]) == (20, 20)


def test_threads_share_a_handle(study):
    failed = []

    def work(name):
        try:
            for number in range(10):
                study.save([name, number], name)
                assert study.load(name) == [name, number]
        except Exception as error:  # noqa: BLE001  # told in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert len(study.changes(0)) == 40


def test_two_doors_see_each_others_changes_at_the_next_look(study):
    with store.open(study.path, door="notebook") as other:
        position = study.position
        saved = other.save("from the notebook", "note")
        assert study.position > position
        assert study.changes(position) == (saved,)
        assert study.load("note") == "from the notebook"
        assert study.latest("note").door == "notebook"
        study.remove("note")
        assert not other.has("note")


def test_a_door_waits_for_another_ones_transaction(study):
    entered, waited = threading.Event(), []

    def hold():
        with study.transaction() as cursor:
            cursor.execute("INSERT INTO facts VALUES ('held', 1)")
            entered.set()
            time.sleep(0.3)
        waited.append("released")

    thread = threading.Thread(target=hold)
    thread.start()
    assert entered.wait(10)
    with store.open(study.path) as other:
        other.save("after", "note")
        assert other.rows("SELECT value FROM facts WHERE key = 'held'") == [(1,)]
    thread.join(10)
    assert waited == ["released"]
