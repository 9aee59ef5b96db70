"""A throw-away certificate authority with a server and a client certificate."""

from __future__ import annotations

import dataclasses
import ssl
import subprocess
from pathlib import Path

P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclasses.dataclass(frozen=True)
class Pair:
    cert: Path
    key: Path


@dataclasses.dataclass(frozen=True)
class Certificates:
    """`server` is for localhost, 127.0.0.1 and ::1; `client` is named rialto-client."""

    ca: Path
    server: Pair
    client: Pair

    def trusting(self, with_client: bool = False) -> ssl.SSLContext:
        """What a careful client uses: it trusts our authority alone and checks the name."""
        context = ssl.create_default_context(cafile=self.ca)
        if with_client:
            context.load_cert_chain(self.client.cert, self.client.key)
        return context


def make_certificates(folder: Path) -> Certificates:
    folder.mkdir(parents=True, exist_ok=True)
    ca = Pair(folder / "ca.crt", folder / "ca.key")
    _openssl("req", "-x509", *P256, "-days", "30", "-subj", "/CN=Rialto test authority",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", ca.key, "-out", ca.cert)
    return Certificates(ca.cert,
                        _signed(folder, ca, "server", "localhost", "serverAuth"),
                        _signed(folder, ca, "client", "rialto-client", "clientAuth"))


def _signed(folder: Path, ca: Pair, name: str, common_name: str, purpose: str) -> Pair:
    pair, request, extensions = Pair(folder / f"{name}.crt", folder / f"{name}.key"), folder / "csr", folder / "ext"
    extensions.write_text(f"subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage={purpose}\n"
                          "basicConstraints=CA:FALSE\n")
    _openssl("req", "-new", *P256, "-subj", f"/CN={common_name}", "-keyout", pair.key, "-out", request)
    _openssl("x509", "-req", "-in", request, "-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial", "-days", "30",
             "-extfile", extensions, "-out", pair.cert)
    return pair


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
