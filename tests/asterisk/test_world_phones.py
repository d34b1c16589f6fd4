"""Agents' phones register with accounts pushed over ARI, and do what a person would do with them."""

import asyncio

from asterisk_conf.accounts import phone_account
from cli.stack.world import OutsideWorld

from .ari_witness import AriWitness, until
from .conftest import Node, run


async def sign_on(ari: AriWitness, world: OutsideWorld, extension: str) -> None:
    await ari.push(*phone_account(extension, f"secret-{extension}", "Ana"))
    await asyncio.to_thread(world.phone(extension).wait_registered)


async def until_offline(ari: AriWitness, extension: str) -> None:
    while (await ari.request("GET", f"/endpoints/PJSIP/{extension}"))[1]["state"] != "offline":
        pass


def test_a_pushed_account_registers_without_a_reload(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1001")
            assert (await ari.request("GET", "/endpoints/PJSIP/1001"))[1]["state"] == "online"

    run(scenario())


def test_a_new_secret_shuts_out_the_old_one(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1002")
            await ari.push(phone_account("1002", "another", "Abe")[0])
            phone = world.phone("1002")
            phone.go_away()
            phone.come_back()
            await until(phone.was_rejected)
            await sign_on(ari, world, "1002")

    run(scenario())


def test_a_second_push_keeps_the_contact_and_forgets_it_when_the_phone_leaves(
    node: Node, world: OutsideWorld
) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1001")
            await ari.push(*phone_account("1001", "secret-1001", "Ana Andersson"))
            assert (await ari.request("GET", "/endpoints/PJSIP/1001"))[1]["state"] == "online"
            world.phone("1001").go_away()
            await until_offline(ari, "1001")
            status, _ = await ari.request("POST", "/channels", {"endpoint": "PJSIP/1001", "app": "ringpool"})
            assert status == 500
            world.phone("1001").come_back()
            await asyncio.to_thread(world.phone("1001").wait_registered)

    run(scenario())


def test_a_deleted_account_is_gone(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1003")
            for thing in reversed(phone_account("1003", "secret-1003", "Abe")):
                assert (await ari.request("DELETE", thing.path))[0] == 204
            assert (await ari.request("GET", "/endpoints/PJSIP/1003"))[0] == 404
            assert "1003/" not in node.asterisk.console("pjsip show contacts")

    run(scenario())


def test_an_endpoint_changes_kind_by_being_made_anew(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1001")
            for in_browser, expected in ((True, "yes"), (False, "no")):
                endpoint = phone_account("1001", "secret-1001", "Ana", in_browser=in_browser)[2]
                assert (await ari.request("DELETE", endpoint.path))[0] == 204
                await ari.push(endpoint)
                # Not by `pjsip show endpoint`: of one that was made this moment it crashes Asterisk (its issue 2172).
                _, fields = await ari.request("GET", endpoint.path)
                assert {each["attribute"]: each["value"] for each in fields}["webrtc"] == expected
                # The registration is the aor's, and stays.
                assert "1001/sip:" in node.asterisk.console("pjsip show contacts")

    run(scenario())


def test_the_trunk_cannot_be_pushed_over(node: Node) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            endpoint = phone_account("trunk", "secret", "Nobody")[2]
            assert (await ari.request("PUT", endpoint.path, endpoint.body()))[0] == 403

    run(scenario())


def test_a_phone_answers_presses_keys_and_hangs_up(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1001")
            leg = await ari.dial("PJSIP/1001")
            await ari.wait_for_type(leg, "StasisStart")
            world.phone("1001").press("1")
            assert (await ari.wait_for_type(leg, "ChannelDtmfReceived"))["digit"] == "1"
            world.phone("1001").hang_up()
            assert (await ari.wait_for_type(leg, "ChannelDestroyed"))["cause"] == 16

    run(scenario())


def test_a_phone_left_alone_rings_until_our_timeout(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1001")
            world.phone("1001").set_answer_after(None)
            leg = await ari.dial("PJSIP/1001", timeout_s=1)
            assert (await ari.wait_for_type(leg, "ChannelDestroyed"))["cause"] == 19
            world.phone("1001").set_answer_after(0)

    run(scenario())
