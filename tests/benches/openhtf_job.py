"""The job of 20 rails in OpenHTF, with an instrument that costs nothing: an object in process.

Sets 3.3 V, switches on, checks, measures 20 rails with 2 % limits, fits a line through 11 points,
switches off in tear-down, and writes the JSON record to the file that the one argument names.
"""

import sys

import openhtf as htf
from openhtf.output.callbacks import json_factory
from openhtf.plugs import BasePlug
from openhtf.util import units


class Bench(BasePlug):
    """A supply and a meter on one net."""

    def __init__(self):
        self.setpoint = 0.0
        self.is_on = False

    def set_voltage(self, volts):
        self.setpoint = volts

    def on(self):
        self.is_on = True

    def off(self):
        self.is_on = False

    def measure_voltage(self):
        return self.setpoint * 1.0001 if self.is_on else 0.0

    def tearDown(self):
        self.off()


@htf.plug(bench=Bench)
@htf.measures(htf.Measurement("supply").in_range(3.234, 3.366).with_units(units.VOLT))
def power_on(test, bench):
    bench.set_voltage(3.3)
    bench.on()
    test.measurements.supply = bench.measure_voltage()


@htf.plug(bench=Bench)
@htf.measures(
    *(
        htf.Measurement(f"rail_{number:02}").in_range(3.234, 3.366).with_units(units.VOLT)
        for number in range(1, 21)
    )
)
def rails(test, bench):
    for number in range(1, 21):
        test.measurements[f"rail_{number:02}"] = bench.measure_voltage()


@htf.plug(bench=Bench)
@htf.measures(
    htf.Measurement("gain").in_range(0.99, 1.01),
    htf.Measurement("offset").in_range(-0.01, 0.01).with_units(units.VOLT),
)
def fit(test, bench):
    points = []
    for index in range(11):
        bench.set_voltage(0.3 * index)
        points.append((0.3 * index, bench.measure_voltage()))
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    gain = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum(
        (x - mean_x) ** 2 for x, _ in points
    )
    test.measurements.gain = gain
    test.measurements.offset = mean_y - gain * mean_x


def main():
    test = htf.Test(power_on, rails, fit)
    test.add_output_callbacks(json_factory.OutputToJSON(sys.argv[1]))
    sys.exit(0 if test.execute(test_start=lambda: "SN0001") else 1)


main()
