"""The official SDK, unchanged, is the witness of what the simulator says and of whom it lets in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.auth.provider import MetadataCredentialProvider, OidcStsCredentialProvider
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServerResponseException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdkddm.v1 import model
from huaweicloudsdkddm.v1.ddm_client import DdmClient
from hypothesis import given
from hypothesis import strategies as st

from drift.simulator import Fault, default_cloud
from drift.simulator.signing import parse, signature
from drift.simulator.web import Request
from support.simulated import ORDERS, captured

if TYPE_CHECKING:
    from pathlib import Path

    from drift.simulator import Cloud, Server

# The SDK's own use of the clock, which Python 3.12 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")


@pytest.fixture
def cloud() -> Cloud:
    cloud = default_cloud()
    cloud.instance(ORDERS).reshard("users", 16, "rds-orders-3", until="ToBeSwitched")
    return cloud


def a_client(server: Server, credentials: BasicCredentials) -> Any:  # noqa: ANN401 - the SDK is untyped
    return DdmClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()


@pytest.fixture
def client(cloud: Cloud, server: Server) -> Any:  # noqa: ANN401 - the SDK is untyped
    return a_client(server, BasicCredentials(cloud.access_key, cloud.secret_key, cloud.project_id))


def test_the_sdk_gets_the_export(client: Any, cloud: Cloud) -> None:  # noqa: ANN401 - the SDK is untyped
    """The export is the SDK's model of it, signed with a key that the simulator verified."""
    response = client.download_schema_metadata(
        model.DownloadSchemaMetadataRequest(instance_id=cloud.instance(ORDERS).id)
    )
    assert response.status_code == 200
    assert response.compressed_databases_info.startswith("H4sI")
    node = response.data_nodes[0]
    assert (node.instance_name, node.access_port, node.engine) == ("rds-orders-1", 3306, "mysql")
    assert [each.instance_id for each in response.data_nodes] == [each.id for each in captured(cloud).data_nodes]


def test_the_sdk_gets_the_lists(client: Any, cloud: Cloud) -> None:  # noqa: ANN401 - the SDK is untyped
    """Instances in both versions, and the databases of one, with all that its models know."""
    instance = cloud.instance(ORDERS)
    for listed in (
        client.list_instances(model.ListInstancesRequest(limit=128)),
        client.list_ddms(model.ListDdmsRequest(offset=0, limit=1)),
    ):
        assert [(each.id, each.name, each.status) for each in listed.instances] == [
            (instance.id, ORDERS, "MIGRATE_DATABASE")
        ]
        assert listed.instance_num == 1
    databases = client.list_databases(model.ListDatabasesRequest(instance_id=instance.id, offset=1, limit=1))
    assert [(each.name, each.shard_number, each.status) for each in databases.databases] == [("users", 8, "EXPANDING")]
    assert databases.total == 3


def test_the_sdk_gets_the_details(client: Any, cloud: Cloud) -> None:  # noqa: ANN401 - the SDK is untyped
    """An instance and a database, in both versions, show the same shard map."""
    instance = cloud.instance(ORDERS)
    places = {(shard.name, shard.node_id) for shard in instance.topology.database("orders").shards}
    new = client.show_instance_database(
        model.ShowInstanceDatabaseRequest(instance_id=instance.id, database_name="orders")
    )
    old = client.show_database(model.ShowDatabaseRequest(instance_id=instance.id, ddm_dbname="orders"))
    assert {(shard.physical_db_name, shard.data_node_id) for shard in new.shards} == places
    assert {(shard.name, shard.id) for shard in old.database.databases} == places
    assert client.show_instance(model.ShowInstanceRequest(instance_id=instance.id)).name == ORDERS
    assert client.show_ddm_detail(model.ShowDdmDetailRequest(instance_id=instance.id)).instances[0].id == instance.id


def test_the_sdk_gets_the_jobs(client: Any, cloud: Cloud) -> None:  # noqa: ANN401 - the SDK is untyped
    """The list of tasks, one task, and what a migration is about."""
    now = float(cloud.tick())
    (job,) = client.list_tasks(model.ListTasksRequest(start_time=now - 60_000, end_time=now, limit=10, offset=0)).jobs
    assert (job.name, job.status, job.database_name) == ("migrateLogicDb", "ToBeSwitched", "users")
    assert "toBeSwitched" in job.operations
    assert client.show_ddm_job_result(model.ShowDdmJobResultRequest(job_id=job.id)).job.status == "Running"
    wanted = model.MigrateResultsRequest(instance_id=job.instance_id, db_name="users", job_id=job.id)
    assert client.migrate_results(wanted).after_shard_num == 16
    assert client.rebuild_ddm_config(model.RebuildDdmConfigRequest(job.instance_id)).status_code == 200


def test_the_sdk_understands_refusals(client: Any, cloud: Cloud, server: Server) -> None:  # noqa: ANN401 - the SDK is untyped
    """A refusal is the SDK's exception with DDM's or the gateway's code, and so is an answer that goes wrong."""
    request = model.DownloadSchemaMetadataRequest(instance_id="x")
    with pytest.raises(ClientRequestException) as caught:
        client.download_schema_metadata(request)
    assert (caught.value.status_code, caught.value.error_code) == (404, "DBS.200002")
    stranger = a_client(server, BasicCredentials(cloud.access_key, "x" * 40, cloud.project_id))
    with pytest.raises(ClientRequestException) as caught:
        stranger.download_schema_metadata(request)
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")
    cloud.fail(Fault(kind="error"))
    with pytest.raises(ServerResponseException) as failed:
        client.download_schema_metadata(request)
    assert failed.value.error_code == "DBS.200412"


def lists(client: Any) -> bool:  # noqa: ANN401 - the SDK is untyped
    return client.list_ddms(model.ListDdmsRequest()).instance_num == 1


def test_the_sdk_signs_in_with_a_temporary_key(cloud: Cloud, server: Server) -> None:
    """A temporary key and its security token open what the user's own key does."""
    key = cloud.issue_key(900)
    credentials = BasicCredentials(key.access, key.secret, cloud.project_id).with_security_token(key.security_token)
    assert lists(a_client(server, credentials))


def test_the_sdk_signs_in_with_an_id_token(cloud: Cloud, server: Server, tmp_path: Path) -> None:
    """An id token of the identity provider becomes a token, and that a temporary key, as the SDK asks for both."""
    (tmp_path / "id-token").write_text(cloud.id_token)
    credentials = BasicCredentials(project_id=cloud.project_id).with_iam_endpoint(server.url)
    credentials.with_idp_id(cloud.identity_provider).with_id_token_file(str(tmp_path / "id-token"))
    assert lists(a_client(server, credentials))


def test_the_sdk_signs_in_with_an_agency(cloud: Cloud, server: Server) -> None:
    """An id token becomes a temporary key of an agency at once, as STS gives it."""
    provider = OidcStsCredentialProvider("basic", "p", "a", id_token=cloud.id_token, sts_endpoint=server.url)
    assert lists(a_client(server, provider.get_credentials().with_project_id(cloud.project_id)))


def test_the_sdk_signs_in_on_a_server(cloud: Cloud, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The metadata of a server, whose fixed address a proxy leads to, gives the key of its agency."""
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, server.url)
    credentials = MetadataCredentialProvider.get_basic().get_credentials()
    assert credentials.ak in cloud.keys
    assert lists(a_client(server, credentials.with_project_id(cloud.project_id)))


def test_the_sdk_finds_the_project(cloud: Cloud, server: Server) -> None:
    """Without a project id the SDK asks for the project that is called like the region, with a signature."""
    credentials = BasicCredentials(cloud.access_key, cloud.secret_key).with_iam_endpoint(server.url)
    builder = DdmClient.new_builder().with_credentials(credentials).with_region(Region(cloud.region, server.url))
    assert lists(builder.build())
    assert credentials.project_id == cloud.project_id


_segments = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1), min_size=1, max_size=3)
_values = st.text(st.characters(codec="utf-8"))
_headers = st.dictionaries(
    st.from_regex(r"x-[a-z]{1,8}", fullmatch=True), st.text(st.characters(min_codepoint=32, max_codepoint=126))
)


@given(_segments, st.dictionaries(_values, _values), _headers, st.text())
def test_the_sdk_and_the_simulator_sign_alike(
    segments: list[str], query: dict[str, str], headers: dict[str, str], body: str
) -> None:
    """Whatever a request says, the SDK's signature is the one that the simulator expects."""
    path = "/" + "/".join(segments).replace("%", "%25")
    request = SdkRequest(
        "POST",
        "https",
        "ddm.example.com",
        path,
        header_params={**headers, "Content-Type": "application/json"},
        query_params=list(query.items()),
        body=body,
    )
    sent = Signer(BasicCredentials("AK", "SK")).sign(request).header_params
    lowered = {name.lower(): value for name, value in sent.items()}
    signed = parse(lowered["authorization"])
    assert signed is not None
    same = Request("POST", "/" + "/".join(segments), tuple(query.items()), lowered, body.encode())
    assert signature("SK", same, signed.headers) == signed.signature
