"""How a service says that a consent is missing."""

from app.platform.errors import Refusal, Words


class ConsentRequired(Refusal):
    """Never given, withdrawn, or given to an earlier text."""

    status, code = 403, "consent_required"
    title = Words("需要您的同意", "Your consent is needed")
    detail = Words(
        "此操作需要您对用途 {purpose}（文本第 {version} 版）的同意；您可随时撤回。",
        "This needs your consent for {purpose} (version {version} of its text); you can withdraw "
        "it at any time.",
    )
