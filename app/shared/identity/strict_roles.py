"""Which roles demand a second factor: a setting of the deployment (`SECOND_FACTOR_ROLES`).

Not a row that staff edit: whoever came in with a stolen password could else lift the demand.
"""

from app.models.states import Role

# Who moves money, stock or personal data, or lets others in.
DEFAULT_IN_PRODUCTION = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.CAMPAIGN_MANAGER,
        Role.DRAW_OFFICER,
        Role.FINANCE,
        Role.PRIVACY_OFFICER,
    }
)


def read_strict_roles(setting: str | None, *, is_production: bool) -> frozenset[Role]:
    """The roles that the setting names, joined by commas; empty: none.

    Unset: `DEFAULT_IN_PRODUCTION` there, none elsewhere. Raises `ValueError` for what is no role.
    """
    if setting is None:
        return DEFAULT_IN_PRODUCTION if is_production else frozenset()
    return frozenset(Role(name.strip()) for name in setting.split(",") if name.strip())
