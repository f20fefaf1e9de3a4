"""Chains of certificates: a root, an authority below it, and a server's certificate."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


class Chain:
    """A root, an authority below it, and a certificate of that for `shop.example`."""

    def __init__(self, folder: Path, *, leaf_days: float = 90, authority_days: float = 1000):
        self._folder = folder
        self._root = self._issue("Acme Root", 3000, None)
        self._authority = self._issue("Acme Authority", authority_days, self._root)
        self._leaf = self._issue("shop.example", leaf_days, self._authority, leaf=True)
        self.ca_file = str(folder / "root.pem")
        Path(self.ca_file).write_bytes(self._root[0].public_bytes(PEM))

    def server(self, *, whole: bool = True) -> ssl.SSLContext:
        """A server's context that shows the authority's certificate too, or forgets it."""
        certificate, key = self._leaf
        shown = [certificate, self._authority[0]] if whole else [certificate]
        secret = key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = self._folder / "server.pem"
        path.write_bytes(secret + b"".join(one.public_bytes(PEM) for one in shown))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _issue(self, name, days, by, *, leaf=False):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Acme"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        ends_at = datetime.now(UTC) + timedelta(days=days, hours=1 if days > 0 else -1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by[0].subject if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=400))
            .not_valid_after(ends_at)
            .add_extension(x509.BasicConstraints(ca=not leaf, path_length=None), critical=True)
        )
        if leaf:
            names = [x509.DNSName(name), x509.DNSName(f"*.{name}")]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(by[1] if by else key, hashes.SHA256()), key
