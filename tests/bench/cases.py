"""What is measured: the arguments of rialto_bench for each case, and what the project wants to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    title: str
    scenario: str
    count: tuple  # the option that makes a run long or short, its full value, its quick value
    options: tuple = ()
    goal: float = 0.0  # throughput: how many times less CPU time than mosquitto; idle: bytes at most
    rounds: int = 3    # of a full comparison

    def arguments(self, quick):
        option, full, short = self.count
        return [*self.options, option, str(short if quick else full)]


def messages(full, quick):
    return ("--messages", full, quick)


THOUSAND = ("--subscribers", "1000", "--window", "100")
HUNDRED = ("--publishers", "100")
QOS_1 = ("--qos", "1")
NOISY = 7  # rounds of a figure that moves more between runs of one server than between servers

CASES = [
    Case("1 to 1, QoS 0", "throughput", messages(300_000, 20_000), (), 6),
    Case("1 to 1, QoS 1", "throughput", messages(150_000, 10_000), QOS_1, 3),
    Case("1 to 1,000, QoS 0", "throughput", messages(500, 40), THOUSAND, 3),
    Case("1 to 1,000, QoS 1", "throughput", messages(200, 20), (*THOUSAND, *QOS_1), 3),
    Case("100 to 1, QoS 0", "throughput", messages(300_000, 20_000), HUNDRED, 6),
    Case("100 to 1, QoS 1", "throughput", messages(150_000, 10_000), (*HUNDRED, *QOS_1), 3),
    Case("QoS 0", "latency", messages(5_000, 500), rounds=NOISY),
    Case("QoS 1", "latency", messages(5_000, 500), QOS_1, rounds=NOISY),
    Case("idle connection", "idle", ("--connections", 10_000, 500), (), 1500),
]
