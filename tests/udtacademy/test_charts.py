from udtacademy.admin.charts import Bar, BarChart, Part, Series

SERIES = [Series("here", "good"), Series("away", "bad")]


def parts(*counts):
    chart = BarChart("Title", "Of", SERIES, [Bar(str(it), it) for it in counts])
    return [parts for _bar, parts, _counts in chart.rows]


def test_bars_are_drawn_to_the_scale_of_the_longest():
    assert parts([1, 3], [2, 0]) == [[Part("good", 0, 25), Part("bad", 25, 75)], [Part("good", 0, 50)]]


def test_bars_of_nothing_are_empty():
    assert parts([0, 0]) == [[]]
    assert parts() == []
