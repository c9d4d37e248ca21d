"""Certificates made on the spot: an authority, and what it signs for servers and points."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.clock import SystemClock

DAY = timedelta(days=1)
HERE = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Files:
    """A certificate and its key, in PEM form."""

    certificate: Path
    key: Path

    def of_server(self, points_ca: Path | None = None) -> ssl.SSLContext:
        """For a server of the standard library; with `points_ca` it wants one from there."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        if points_ca is not None:
            context.load_verify_locations(points_ca)
            context.verify_mode = ssl.CERT_REQUIRED
            # From 1.3 on the refusal comes after the handshake, and this server may be gone first.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


class Authority:
    """Signs certificates into a folder; `ca` is its own."""

    def __init__(self, folder: Path, name: str = "our authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.ca = folder / f"{name}.pem"
        public = self._key.public_key()
        unsigned = _begin(name, name, public).add_extension(x509.BasicConstraints(True, None), True)
        unsigned = unsigned.add_extension(_usage(of_authority=True), True)
        self._certificate = unsigned.sign(self._key, hashes.SHA256())
        self.ca.write_bytes(_pem(self._certificate))

    def server(
        self,
        names: tuple[str, ...] = HERE,
        *,
        begins: timedelta = -DAY,
        ends: timedelta = 30 * DAY,
    ) -> Files:
        """For a server that is called so, good from and until so long from now."""
        return self._sign(names[0], names, ExtendedKeyUsageOID.SERVER_AUTH, (begins, ends))

    def point(self, point_id: str) -> Files:
        """For a point of this id."""
        return self._sign(point_id, (point_id,), ExtendedKeyUsageOID.CLIENT_AUTH, (-DAY, 30 * DAY))

    def revoked(self, *given: Files) -> Path:
        """The list of the certificates that count no more."""
        now = SystemClock().now().wall
        builder = x509.CertificateRevocationListBuilder().issuer_name(_named(self._name))
        builder = builder.last_update(now - DAY).next_update(now + 30 * DAY)
        for files in given:
            serial = x509.load_pem_x509_certificate(files.certificate.read_bytes()).serial_number
            row = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(row.revocation_date(now - DAY).build())
        file = self._folder / "revoked.pem"
        signed = builder.sign(self._key, hashes.SHA256())
        file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return file

    def _sign(
        self,
        name: str,
        names: tuple[str, ...],
        purpose: x509.ObjectIdentifier,
        life: tuple[timedelta, timedelta],
    ) -> Files:
        key = ec.generate_private_key(ec.SECP256R1())
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        unsigned = (
            _begin(name, self._name, key.public_key(), life)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(_usage(of_authority=False), True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), False)
            .add_extension(x509.SubjectAlternativeName([_alternative(one) for one in names]), False)
            .add_extension(authority, False)
        )
        serial = x509.random_serial_number()
        files = Files(self._folder / f"{serial}.pem", self._folder / f"{serial}.key")
        files.certificate.write_bytes(_pem(unsigned.sign(self._key, hashes.SHA256())))
        files.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return files


def _begin(
    name: str,
    issuer: str,
    key: ec.EllipticCurvePublicKey,
    life: tuple[timedelta, timedelta] = (-DAY, 30 * DAY),
) -> x509.CertificateBuilder:
    now = SystemClock().now().wall
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + life[0])
        .not_valid_after(now + life[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, of_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=of_authority,
        crl_sign=of_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
