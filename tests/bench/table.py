"""Turns the figures of all rounds into Markdown tables, which read well on a terminal too."""

import statistics

MOSQUITTO = "mosquitto"


def render(cases, servers, runs):
    """`runs[case][server name]` holds the reports of rialto_bench, one of each round: figures under their names."""
    medians = {case: {name: median_of(reports) for name, reports in by_server.items()}
               for case, by_server in runs.items()}

    def these(scenario):
        return [case for case in cases if case.scenario == scenario]

    parts = []
    if these("throughput"):
        parts.append(throughput_table(these("throughput"), servers, medians))
    if these("latency") or these("idle"):
        parts.append(other_table(these("latency"), these("idle"), servers, medians, runs))
    return "\n".join(parts)


def median_of(reports):
    figures = [name for name, value in reports[0].items() if not isinstance(value, str)]
    return {name: statistics.median(report[name] for report in reports) for name in figures}


def throughput_table(cases, servers, medians):
    heads = ["delivered messages"]
    for server in servers:
        heads += [f"{server.name}: messages/s", "CPU-s/million"]
        if server.name != MOSQUITTO:
            heads.append("times cheaper")
    heads.append("goal")
    rows = []
    for case in cases:
        row = [case.title]
        base = medians[case].get(MOSQUITTO)
        ratio = None
        for server in servers:
            figures = medians[case][server.name]
            row += [f"{figures['messages_per_second']:,.0f}", f"{figures['cpu_seconds_per_million']:.2f}"]
            if server.name != MOSQUITTO:
                ratio = base and base["cpu_seconds_per_million"] / figures["cpu_seconds_per_million"]
                row.append(f"{ratio:.1f}" if ratio else "")
        row.append(with_verdict(f"{case.goal:.0f} times", ratio and ratio >= case.goal))
        rows.append(row)
    return markdown(heads, rows)


def other_table(latencies, idles, servers, medians, runs):
    """The verdict is on the last server: Rialto as users run it."""
    last = servers[-1].name
    rows = []
    for case in latencies:
        for figure, name in (("p50_us", "p50"), ("p99_us", "p99")):
            values = {server.name: medians[case][server.name][figure] for server in servers}
            rows.append([f"latency at 1,000 messages/s, {case.title}, {name}, µs",
                         *(f"{values[server.name]:.0f}" for server in servers),
                         by_rounds(runs[case].get(MOSQUITTO), runs[case][last], figure)])
    for case in idles:
        values = {server.name: medians[case][server.name]["bytes_per_connection"] for server in servers}
        met = values[last] <= case.goal if last != MOSQUITTO else None
        rows.append([f"memory of an {case.title}, bytes", *(f"{values[server.name]:,.0f}" for server in servers),
                     with_verdict(f"at most {case.goal:,.0f}", met)])
    return markdown(["", *(server.name for server in servers), "goal"], rows)


def by_rounds(theirs, ours, figure):
    """In one round both servers meet the same weather, so a figure that the weather moves is compared round by round."""
    if not theirs or theirs is ours:
        return "not above mosquitto"
    not_above = sum(our[figure] <= their[figure] for our, their in zip(ours, theirs))
    return with_verdict(f"not above mosquitto, in {not_above} of {len(ours)} rounds", 2 * not_above > len(ours))


def with_verdict(goal, is_met):
    if is_met is None:
        return goal
    return f"{goal}: {'met' if is_met else 'missed'}"


def markdown(heads, rows):
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]

    def line(cells):
        first, *others = (cell.ljust(width) if i == 0 else cell.rjust(width)
                          for i, (cell, width) in enumerate(zip(cells, widths)))
        return "| " + " | ".join([first, *others]) + " |\n"

    rule = "| " + " | ".join("-" * width if i == 0 else "-" * (width - 1) + ":"
                             for i, width in enumerate(widths)) + " |\n"
    return line(heads) + rule + "".join(line(row) for row in rows)
