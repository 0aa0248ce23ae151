"""Handles for tests and people below `/_control` of the Entra stand-in; no real Entra has them."""

from dataclasses import asdict, fields
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.control import ROOT
from sandbox.entra_errors import FAULTS
from sandbox.entra_state import PLACES, EntraSite, Knobs

KNOBS = frozenset(field.name for field in fields(Knobs)) | {"clock_skew"}


def entra_control(site: EntraSite) -> Blueprint:
    """Knobs, refusals, revoking, keys, accounts and the state of one site."""
    blueprint = Blueprint("entra_control", __name__, url_prefix=ROOT)
    blueprint.register_error_handler(KeyError, lambda error: (jsonify(error=f"unknown: {error}"), 404))
    add_knobs(blueprint, site)
    add_endings(blueprint, site)
    add_registering(blueprint, site)
    add_reading(blueprint, site)
    return blueprint


def add_knobs(blueprint: Blueprint, site: EntraSite) -> None:
    @blueprint.post("/knobs")
    def set_knobs() -> ResponseReturnValue:
        """Fields of Knobs, and `clock_skew`: seconds by which Microsoft's clock is ahead of this machine's."""
        given = request.get_json()
        if unknown := set(given) - KNOBS:
            raise KeyError(", ".join(sorted(unknown)))
        for name, value in given.items():
            setattr(site.keys if name == "clock_skew" else site.knobs, "skew" if name == "clock_skew" else name, value)
        return jsonify(asdict(site.knobs) | {"clock_skew": site.keys.skew})

    @blueprint.post("/refusals")
    def refuse() -> ResponseReturnValue:
        """`{place, name, times?, mail?}`: the next sign-in, code or refresh fails; times null is always."""
        given = request.get_json()
        site.refuse(given["place"], given["name"], times=given.get("times", 1), mail=given.get("mail"))
        return jsonify([asdict(one) for one in site.refusals]), 201

    @blueprint.delete("/refusals")
    def forget_refusals() -> ResponseReturnValue:
        site.refusals.clear()
        return "", 204

    @blueprint.get("/refusals")
    def list_refusals() -> Response:
        """What can be asked for, and what waits."""
        return jsonify(places=PLACES, names=sorted(FAULTS), waiting=[asdict(one) for one in site.refusals])


def add_endings(blueprint: Blueprint, site: EntraSite) -> None:
    @blueprint.post("/revoke")
    def revoke() -> Response:
        """`{mail?, reason?}`: the refresh tokens of one account, or of all."""
        given = request.get_json(silent=True) or {}
        return jsonify(ended=site.end_sign_ins(given.get("mail"), reason=given.get("reason", "revoked")))

    @blueprint.post("/forget-consents")
    def forget_consents() -> ResponseReturnValue:
        """`{mail?}`."""
        site.forget_consents((request.get_json(silent=True) or {}).get("mail"))
        return "", 204

    @blueprint.post("/rotate-key")
    def rotate_key() -> Response:
        """`{forget?}`: with it tokens of older keys are proved by nobody any more."""
        given = request.get_json(silent=True) or {}
        return jsonify(kid=site.keys.rotate(forget=bool(given.get("forget"))))


def add_registering(blueprint: Blueprint, site: EntraSite) -> None:
    @blueprint.post("/accounts")
    def add_account() -> ResponseReturnValue:
        """`{name, mail, tenant}`."""
        given = request.get_json()
        site.tenants.setdefault(given["tenant"], given["tenant"])
        made = site.add_account(given["name"], given["mail"], given["tenant"])
        return jsonify(asdict(made)), 201

    @blueprint.post("/redirect-uris")
    def add_redirect() -> ResponseReturnValue:
        """`{client_id, redirect_uri}`: register one more."""
        given = request.get_json()
        site.apps[given["client_id"]].redirect_uris.add(given["redirect_uri"])
        return jsonify(sorted(site.apps[given["client_id"]].redirect_uris)), 201


def add_reading(blueprint: Blueprint, site: EntraSite) -> None:
    @blueprint.get("/state")
    def read_state() -> Response:
        return jsonify(summarize_site(site))


def summarize_site(site: EntraSite) -> dict[str, Any]:
    """Accounts with what they consented to and how many refresh tokens still work; refusals said; never a token."""
    return {"accounts": [account_body(site, mail) for mail in site.accounts], "refused": list(site.said)}


def account_body(site: EntraSite, mail: str) -> dict[str, Any]:
    account = site.accounts[mail]
    consented = [given for (_, _, oid), given in site.consents.items() if oid == account.oid]
    working = [one for one in site.refreshes.values() if one.account is account and not one.ended and not one.used]
    return {
        "name": account.name,
        "mail": mail,
        "tenant": site.tenants.get(account.tenant, ""),
        "tenantId": account.tenant,
        "note": account.note,
        "scopes": sorted(set().union(*consented)),
        "refreshTokens": len(working),
    }
