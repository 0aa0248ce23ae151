"""AWS KMS as key service: aliases, foreign keys, and which refusal may pass by itself."""

import pytest

from domain.errors import SecretError, StoreUnavailable
from store.key_services import DataKey, KmsKeys
from store.secret_errors import MasterKeyGone, ask_aws


def plain(key: DataKey) -> bytes:
    return key.plaintext.get_secret_value()


def test_a_data_key_remembers_the_key_behind_an_alias(aws, kms_key):
    kms = aws.client("kms")
    kms.create_alias(AliasName="alias/remembered", TargetKeyId=kms_key)
    keys = KmsKeys(kms, "alias/remembered")
    made = keys.generate("acme")
    assert made.master_key == keys.current == kms_key


def test_a_moved_alias_re_wraps_by_the_new_key(aws, kms_key):
    kms = aws.client("kms")
    kms.create_alias(AliasName="alias/moving", TargetKeyId=kms_key)
    keys = KmsKeys(kms, "alias/moving")
    made = keys.generate("acme")
    successor = kms.create_key()["KeyMetadata"]["Arn"]
    kms.update_alias(AliasName="alias/moving", TargetKeyId=successor)
    assert keys.unwrap("acme", made.wrapped, made.master_key) == plain(made)
    again = keys.rewrap("acme", made.wrapped, made.master_key)
    assert again.master_key == keys.current == successor
    assert keys.unwrap("acme", again.wrapped, again.master_key) == plain(made)


def test_another_kms_key_does_not_unwrap(aws, kms_key):
    keys = KmsKeys(aws.client("kms"), kms_key)
    other = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    made = keys.generate("acme")
    with pytest.raises(SecretError, match="AWS KMS refused"):
        keys.unwrap("acme", made.wrapped, other)


def test_an_unknown_kms_key_is_named_as_a_setting(aws):
    keys = KmsKeys(aws.client("kms"), "00000000-0000-4000-8000-000000000000")
    with pytest.raises(SecretError, match="KMS_KEY_ID"):
        keys.generate("acme")


def test_a_kms_key_is_in_order_until_it_is_disabled(aws, kms_key):
    kms = aws.client("kms")
    keys = KmsKeys(kms, kms_key)
    keys.check(frozenset({kms_key}))
    kms.disable_key(KeyId=kms_key.rpartition("/")[2])
    with pytest.raises(StoreUnavailable, match="disabled"):
        keys.check(frozenset())


def test_a_kms_key_that_is_no_more_is_told_apart(aws, refusing_aws):
    keys = KmsKeys(aws.client("kms", refusing_aws(400, "NotFoundException")), "any")
    with pytest.raises(MasterKeyGone):
        keys.unwrap("acme", b"wrapped", "any")


def test_a_kms_that_cannot_be_reached_is_unavailable(aws, closed_address):
    with pytest.raises(StoreUnavailable, match="AWS KMS cannot be reached"):
        KmsKeys(aws.client("kms", closed_address), "any").generate("acme")


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "ThrottlingException", StoreUnavailable),
        (400, "ExpiredTokenException", StoreUnavailable),
        (400, "DisabledException", StoreUnavailable),
        (400, "KMSInvalidStateException", StoreUnavailable),
        (500, "KMSInternalException", StoreUnavailable),
        (503, "ServiceUnavailable", StoreUnavailable),
        (400, "AccessDeniedException", SecretError),
        (400, "InvalidCiphertextException", SecretError),
        (400, "IncorrectKeyException", SecretError),
        (400, "SomethingNew", SecretError),
    ],
)
def test_a_refusal_of_kms_says_whether_trying_later_can_help(aws, refusing_aws, status, code, outcome):
    address = refusing_aws(status, code)
    with pytest.raises(outcome, match=code):
        KmsKeys(aws.client("kms", address), "any").unwrap("acme", b"wrapped", "any")


def test_an_answer_of_aws_that_is_no_answer_is_unavailable(aws, refusing_aws):
    with pytest.raises(StoreUnavailable):
        KmsKeys(aws.client("kms", refusing_aws(502, "")), "any").generate("acme")


def test_a_call_that_boto_refuses_shows_no_parameter(aws):
    secret = 918_273_645
    client = aws.client("secretsmanager")
    with pytest.raises(SecretError) as caught:
        ask_aws("AWS", lambda: client.put_secret_value(SecretId="any", SecretString=secret))
    assert str(secret) not in str(caught.value)
    assert caught.value.__context__ is None
