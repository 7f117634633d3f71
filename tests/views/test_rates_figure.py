import numpy as np
import pytest
from figure_samples import bench_report, made

from workbench.benchmarks import Report, limit_rate, rates
from workbench.errors import ParameterError
from workbench.views import figure_of, rates_figure
from workbench.views.painters.screen import paint
from workbench.views.rates_figure import OUR_NAME, groups, hue_numbers, rate_words


def test_bars_are_the_rates_of_the_report_as_shares_of_its_limit():
    report = bench_report()
    measured = rates(report)
    found = groups(rates_figure(report))
    assert list(found) == [
        "digits, forward pass",
        "digits, training step",
        "images, forward pass",
        "images, training step",
    ]
    bars = [bar for group in found.values() for bar in group]
    np.testing.assert_allclose(sorted(bar.share for bar in bars), np.sort(measured["limit_share"]))
    assert all(bar.low <= bar.share <= bar.high for bar in bars)
    assert [bar.package for bar in found["digits, forward pass"]] == [
        OUR_NAME,
        "cirkit 0.2.1",
        "spflow 1.1.0",
    ]


def test_limits_are_those_of_the_products_alone():
    report = bench_report()
    limits = rates_figure(report).tables["limits"]
    flops = {load.name: load.forward_flops_per_row for load in report.loads}
    expected = [
        limit_rate(report, name) / (times * flops[name])
        for name in ("digits", "images")
        for times in (1, 3)
    ]
    np.testing.assert_allclose(limits["rows_per_s"], expected)


def test_a_report_is_shown_as_its_rates():
    assert figure_of(bench_report()).hash == made("rates").hash
    assert "64 variables" in made("rates").caption


def test_workloads_can_be_chosen():
    spec = rates_figure(bench_report(), workloads=["images"])
    assert list(groups(spec)) == ["images, forward pass", "images, training step"]
    assert "784 variables" in spec.caption
    assert "64 variables, " not in spec.caption
    with pytest.raises(ParameterError, match="without a limit"):
        rates_figure(bench_report(), workloads=["nonsense"])


def test_a_package_has_one_colour_everywhere():
    assert list(hue_numbers(made("rates")).values()) == [0, 1, 2]


def test_a_report_without_a_limit_has_no_figure():
    with pytest.raises(ParameterError, match="without a limit"):
        rates_figure(Report("circuits", "2026-01-31", {}))


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (2_004_321.0, "2,000,000"),
        (38_912.0, "38,900"),
        (485.2, "485"),
        (38.04, "38"),
        (0.44, "0.4"),
    ],
)
def test_rates_are_said_to_about_three_digits(rate, words):
    assert rate_words(rate) == f"{words} rows/s"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_screen_shows_a_bar_for_each_package_of_each_group(theme):
    plot = paint(made("rates"), theme)
    assert len(plot.y_range.factors) == 12
    assert plot.xaxis[0].axis_label == "Share of the rate of bare matrix products"
