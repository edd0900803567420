"""Calls that tasks give to pools are counted until they are done, however quickly that is."""

from multiprocessing.pool import ThreadPool

from asyncbench.worker.instrument.hops import ThreadHops


def test_calls_that_are_done_before_they_are_counted_fill_no_pool(monkeypatch):
    def at_once(pool, func, args=(), kwds=None, callback=None, error_callback=None):
        callback(func(*args))

    monkeypatch.setattr("multiprocessing.pool.Pool.apply_async", at_once)
    hops = ThreadHops()
    with ThreadPool(1) as pool, hops.counting():
        for _ in range(9):
            pool.apply_async(int)
    assert hops.figures()["pool_most"] == 0
