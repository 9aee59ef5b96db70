"""Dockerfile and docker-compose.yml, as far as can be told where nothing can be built or pulled."""

import re
import subprocess
import tomllib

import pytest

from tests.support.gateway import BINARY, ROOT

# Every Debian has these, or the program's compiler brings them.
ALWAYS_THERE = {"libc6", "libstdc++6", "libgcc-s1"}


def words_after(text: str, begin: str, end: str) -> set[str]:
    part = text.partition(begin)[2].partition(end)[0]
    return set(part.replace("\\\n", " ").split())


def dockerfile_packages() -> set[str]:
    text = (ROOT / "Dockerfile").read_text().rpartition("FROM ")[2]
    return words_after(text, "--no-install-recommends", "&&") - {"ca-certificates"}


def linked_packages() -> set[str]:
    """The Debian packages of the libraries that the program names, without those that these bring along."""
    dynamic = subprocess.run(["readelf", "-d", BINARY], capture_output=True, text=True, check=True).stdout
    libraries = re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic)
    found = subprocess.run(["dpkg-query", "-S", *(f"*-linux-gnu/{library}" for library in libraries)], capture_output=True, text=True)
    packages = {line.partition(":")[0] for line in found.stdout.splitlines() if "-dev" not in line.partition(" ")[0]}
    return packages - ALWAYS_THERE


def test_the_image_has_the_libraries_that_the_program_is_linked_with():
    assert dockerfile_packages() == linked_packages()


def test_what_the_program_is_linked_with_is_installed_for_the_build():
    deps = (ROOT / "scripts" / "deps").read_text()
    wanted = {word for word in words_after(deps, "build_packages=(", "\n)") if word.endswith("-dev")}
    needed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Depends}\n", *wanted], capture_output=True, text=True, check=True)
    brought = set(re.findall(r"[a-z0-9.+-]+", needed.stdout))
    missing = {package for package in linked_packages() if package not in brought}
    assert not missing, "packages that scripts/deps brings by chance alone"


def test_the_image_ends_as_somebody_who_is_not_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER rialto"]


def test_docker_compose_takes_the_file():
    checked = subprocess.run(["docker-compose", "-f", ROOT / "docker-compose.yml", "config", "--services"],
                             capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr
    assert {"rialto", "mosquitto", "redis", "rabbitmq", "kafka", "artemis"} == set(checked.stdout.split())


def test_what_is_mounted_exists_and_the_configuration_names_the_services():
    compose = (ROOT / "docker-compose.yml").read_text()
    mounted = re.findall(r"- \./(\S+?):", compose)
    assert mounted and all((ROOT / path).is_file() for path in mounted)
    services = set(re.findall(r"^  (\w+):$", compose, re.MULTILINE))
    config = tomllib.loads((ROOT / "configs" / "compose.toml").read_text())
    hosts = {re.sub(r"^.*//(?:.*@)?([\w.]+).*$", r"\1", backend["url"]) for backend in config["backends"].values()}
    assert hosts == services - {"rialto"}


@pytest.mark.parametrize("name", ["mqtt", "stomp", "web"])
def test_ports_of_the_configuration_are_published(name):
    listener = tomllib.loads((ROOT / "configs" / "compose.toml").read_text())["listeners"][name]
    port = listener["url"].rpartition(":")[2]
    assert f'"127.0.0.1:{port}:{port}"' in (ROOT / "docker-compose.yml").read_text()
    assert re.search(rf"^EXPOSE .*\b{port}\b", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
