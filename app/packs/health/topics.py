"""What members may ask about. Data: words in both languages, and whether a name is needed."""

from dataclasses import dataclass

from app.models.states_health import HealthTopic
from app.platform.errors import Words


@dataclass(frozen=True, slots=True)
class Topic:
    """`anonymous`: may be asked about under a pseudonym."""

    title: Words
    anonymous: bool = False


_T = HealthTopic
TOPICS: dict[HealthTopic, Topic] = {
    _T.GENERAL: Topic(Words("一般健康", "General health")),
    _T.RESPIRATORY: Topic(Words("呼吸道与防疫", "Airways and epidemics")),
    _T.CHRONIC: Topic(Words("慢性病管理", "Living with a chronic disease")),
    _T.MOTHER_AND_CHILD: Topic(Words("母婴与儿童", "Mother and child")),
    _T.NUTRITION: Topic(Words("营养与运动", "Food and exercise")),
    _T.PSYCHOLOGICAL: Topic(Words("心理咨询", "Psychological advice"), anonymous=True),
}
