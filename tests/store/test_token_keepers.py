"""Token keepers: our own table and AWS Secrets Manager keep the same promises."""

import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr

from domain.errors import SecretError, StoreUnavailable, UnknownObject
from store.secrets import Vault
from store.token_keepers import AwsTokens, LocalTokens

ACME, BETA = "0d5e0a8e-1111-4a11-8a11-000000000001", "0d5e0a8e-1111-4a11-8a11-000000000002"


def word(text: str) -> SecretStr:
    return SecretStr(f"fictitious-{text}")


def read(keeper, tenant, reference):
    return keeper.read(tenant, reference).get_secret_value()


@pytest.fixture(params=["sqlite", "postgresql", "aws"])
def keeper(request, make_engine, local_keys):
    if request.param == "aws":
        client = request.getfixturevalue("aws").client("secretsmanager")
        return AwsTokens(client, request.getfixturevalue("kms_key"))
    engine = make_engine(request.param)
    return LocalTokens(engine, Vault(engine, local_keys))


@pytest.mark.parametrize("text", ["token", "ünïcode ✓", "x" * 20_000, '{"refresh_token": "r"}'])
def test_a_token_comes_back_by_its_reference(keeper, text):
    reference = keeper.put(ACME, "jira-oauth", word(text))
    assert read(keeper, ACME, reference) == f"fictitious-{text}"


def test_a_reference_fits_its_column_and_shows_nothing(keeper):
    reference = keeper.put(ACME, "jira-oauth", word("token"))
    assert len(reference) <= 512
    assert "fictitious" not in reference


def test_a_keeper_that_can_be_read_is_in_order(keeper):
    assert keeper.check() is None


def test_a_secrets_manager_that_is_away_is_not_in_order(aws, closed_address):
    with pytest.raises(StoreUnavailable):
        AwsTokens(aws.client("secretsmanager", closed_address), "any").check()


def test_the_same_name_twice_makes_two_tokens(keeper):
    first, second = keeper.put(ACME, "jira-oauth", word("one")), keeper.put(ACME, "jira-oauth", word("two"))
    keeper.forget(ACME, first)
    assert read(keeper, ACME, second) == "fictitious-two"


def test_a_replaced_token_keeps_its_reference(keeper):
    reference = keeper.put(ACME, "jira-oauth", word("old"))
    keeper.replace(ACME, reference, word("new"))
    assert read(keeper, ACME, reference) == "fictitious-new"


def test_another_tenant_cannot_read_replace_or_forget_a_token(keeper):
    reference = keeper.put(ACME, "jira-oauth", word("token"))
    keeper.put(BETA, "jira-oauth", word("other"))
    with pytest.raises(UnknownObject):
        keeper.read(BETA, reference)
    with pytest.raises(UnknownObject):
        keeper.replace(BETA, reference, word("stolen"))
    keeper.forget(BETA, reference)
    assert read(keeper, ACME, reference) == "fictitious-token"


def test_a_forgotten_token_is_gone_and_can_be_forgotten_again(keeper):
    reference = keeper.put(ACME, "jira-oauth", word("token"))
    keeper.forget(ACME, reference)
    keeper.forget(ACME, reference)
    with pytest.raises(UnknownObject):
        keeper.read(ACME, reference)
    with pytest.raises(UnknownObject):
        keeper.replace(ACME, reference, word("late"))


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "no-such-token",
        "00000000-0000-4000-8000-000000000000",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:other/app-AbCdEf",
        f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:crosswalk/{ACME}/none-AbCdEf",
        f"arn:aws:ssm:eu-central-1:123456789012:secret:crosswalk/{ACME}/none-AbCdEf",
    ],
)
def test_an_unknown_reference_is_an_unknown_object(keeper, reference):
    with pytest.raises(UnknownObject) as caught:
        keeper.read(ACME, reference)
    assert str(caught.value).endswith("again.")
    with pytest.raises(UnknownObject):
        keeper.replace(ACME, reference, word("token"))
    keeper.forget(ACME, reference)


def test_forgetting_a_tenant_leaves_the_others(keeper):
    near = ACME[:-1]  # a name that begins the same
    gone = [keeper.put(near, name, word(name)) for name in ("one", "two")]
    kept = keeper.put(ACME, "one", word("kept"))
    keeper.forget_tenant(near)
    for reference in gone:
        with pytest.raises(UnknownObject):
            keeper.read(near, reference)
    assert read(keeper, ACME, kept) == "fictitious-kept"
    keeper.forget_tenant(near)


# --- our own table ---------------------------------------------------------------------------------------------------


def test_a_forgotten_data_key_closes_the_tokens_as_well(engine, vault):
    keeper = LocalTokens(engine, vault)
    reference = keeper.put(ACME, "jira-oauth", word("token"))
    vault.forget_tenant(ACME)
    with pytest.raises(SecretError):
        keeper.read(ACME, reference)


# --- AWS Secrets Manager ---------------------------------------------------------------------------------------------


@pytest.fixture
def client(aws):
    return aws.client("secretsmanager")


def test_a_token_in_aws_names_its_tenant_and_our_key(client, kms_key):
    reference = AwsTokens(client, kms_key).put(ACME, "jira-oauth", word("token"))
    found = client.describe_secret(SecretId=reference)
    assert found["ARN"] == reference
    assert found["Name"].startswith(f"crosswalk/{ACME}/jira-oauth/")
    assert found["KmsKeyId"] == kms_key
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"app": "crosswalk", "tenant": ACME}


def test_letters_that_aws_refuses_are_replaced_in_a_name(client, kms_key):
    reference = AwsTokens(client, kms_key).put(ACME, "jira: oauth ü", word("token"))
    assert client.describe_secret(SecretId=reference)["Name"].startswith(f"crosswalk/{ACME}/jira--oauth--/")


def test_a_forgotten_token_waits_for_no_recovery_window(client, kms_key):
    keeper = AwsTokens(client, kms_key)
    reference = keeper.put(ACME, "jira-oauth", word("token"))
    keeper.forget(ACME, reference)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.describe_secret(SecretId=reference)


def test_a_token_that_an_operator_deletes_is_gone(client, kms_key):
    keeper = AwsTokens(client, kms_key)
    reference = keeper.put(ACME, "jira-oauth", word("token"))
    client.delete_secret(SecretId=reference, RecoveryWindowInDays=7)
    with pytest.raises(UnknownObject):
        keeper.read(ACME, reference)


def test_a_tenant_with_more_tokens_than_a_page_is_forgotten_whole(client, kms_key):
    keeper = AwsTokens(client, kms_key)
    tenant = "many-tokens"
    for number in range(105):
        keeper.put(tenant, f"token-{number}", word("token"))
    keeper.forget_tenant(tenant)
    filters = [{"Key": "name", "Values": [f"crosswalk/{tenant}/"]}]
    assert client.list_secrets(Filters=filters)["SecretList"] == []


@pytest.mark.parametrize("tenant", ["", "a/b", f"{ACME}/x", "a:b", "..", "a b"])
def test_a_tenant_that_could_reach_elsewhere_is_refused(client, kms_key, tenant):
    keeper = AwsTokens(client, kms_key)
    reference = keeper.put(ACME, "jira-oauth", word("kept"))
    for act in (
        lambda: keeper.put(tenant, "name", word("token")),
        lambda: keeper.read(tenant, reference),
        lambda: keeper.forget(tenant, reference),
        lambda: keeper.forget_tenant(tenant),
    ):
        with pytest.raises(UnknownObject):
            act()
    assert read(keeper, ACME, reference) == "fictitious-kept"


def act_on(keeper):
    reference = f"arn:aws:secretsmanager:eu-central-1:123456789012:secret:crosswalk/{ACME}/none-AbCdEf"
    yield lambda: keeper.put(ACME, "name", word("hidden"))
    yield lambda: keeper.read(ACME, reference)
    yield lambda: keeper.replace(ACME, reference, word("hidden"))
    yield lambda: keeper.forget(ACME, reference)
    yield lambda: keeper.forget_tenant(ACME)


def test_a_secrets_manager_that_cannot_be_reached_is_unavailable(aws, closed_address):
    for act in act_on(AwsTokens(aws.client("secretsmanager", closed_address), "any")):
        with pytest.raises(StoreUnavailable, match="Secrets Manager cannot be reached") as caught:
            act()
        assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "outcome"), [("AccessDeniedException", SecretError), ("ThrottlingException", StoreUnavailable)]
)
def test_a_refusal_of_secrets_manager_names_the_reason(aws, refusing_aws, code, outcome):
    for act in act_on(AwsTokens(aws.client("secretsmanager", refusing_aws(400, code)), "any")):
        with pytest.raises(outcome, match=code) as caught:
            act()
        assert "hidden" not in str(caught.value)
