"""Which roles demand a second factor."""

import pytest

from app.models.states import Role
from app.shared.identity.strict_roles import DEFAULT_IN_PRODUCTION, read_strict_roles


def test_a_deployment_on_ones_own_machine_demands_none() -> None:
    assert read_strict_roles(None, is_production=False) == frozenset()


def test_production_demands_one_of_whoever_moves_money_or_lets_others_in() -> None:
    demanded = read_strict_roles(None, is_production=True)
    assert demanded == DEFAULT_IN_PRODUCTION
    assert {Role.ADMINISTRATOR, Role.FINANCE} <= demanded


@pytest.mark.parametrize("is_production", [True, False])
def test_the_setting_is_what_counts_and_may_be_empty(is_production: bool) -> None:
    named = read_strict_roles("desk, expert", is_production=is_production)
    assert named == {Role.DESK, Role.EXPERT}
    assert read_strict_roles("", is_production=is_production) == frozenset()


def test_a_misspelt_role_does_not_pass_for_none() -> None:
    with pytest.raises(ValueError, match="administrater"):
        read_strict_roles("administrater", is_production=True)
