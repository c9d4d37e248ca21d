"""Whatever is wrong with the line, somebody is told what to do."""

from edge.core.trouble import REMEDIES, UNREACHED, Trouble


def test_every_trouble_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Trouble)
    assert all(sentence.endswith(".") for sentence in REMEDIES.values())


def test_with_a_wrong_certificate_nobody_was_reached() -> None:
    assert Trouble.NO_TLS in UNREACHED
    assert Trouble.CERTIFICATE_EXPIRED in UNREACHED
    assert not {Trouble.UNAUTHORISED, Trouble.NONSENSE, Trouble.SERVER_ERROR} & UNREACHED
