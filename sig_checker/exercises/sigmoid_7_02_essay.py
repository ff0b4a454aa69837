"""The essay of question 7-02: its rubric's points, and the phrases in which students make them."""

from __future__ import annotations

from sig_checker.essays import Criterion, Phrase, Rubric

__all__ = ["RUBRIC"]

_GRADIENT = r"(기울기|미분|도함수|그래디언트|σ'|a ?\(1 ?- ?a\)|gradient|derivative|slope)"
_LEARNING = r"(갱신|업데이트|학습|배우|배운|배울|바뀌|바꾸|바꾼|변하|변화|수정|updat|learn|chang|adjust)"

_UNCERTAIN = (
    r"불확실|(확신|확실)(하지|을|이|하게)? ?(못|않)|애매|헷갈|망설|모호|반반|결정(을)? ?(내리지|하지) ?(못|않)|구분(하지|이|을) ?(못|안)"
    r"|두 클래스의 확률이 같|어느 ?쪽인지 ?(모르|모른|알 수 없)|uncertain|unsure|undecided|ambiguous|hesitat|coin ?(flip|toss)"
    r"|not (at all |very )?(sure|certain|confident)"
)

RUBRIC = Rubric(
    places={
        "zero": (
            r"\bz ?(=|가|는|이|is|equals) ?0(?![.\d])|σ'? ?\(0\)|(?<![\d.→-])0에서|원점|결정 ?경계|가운데(에서|의|\()"
            r"|(확률|출력)이 ?(약 )?(1/2|0\.5|½|절반)|a ?= ?(1/2|0\.5)|망설이는|애매한|불확실한 (표본|입력|데이터|예측)"
            r"|\b(at|near|around) (0|zero|the origin)\b|decision boundary|probability (is|of|equals) (a |one )?(half|1/2|0\.5)"
            r"|(uncertain|undecided) (samples?|examples?|inputs?)"
        ),
        "far": (
            r"∞|무한|\boo\b|\|z\||절[댓대]값이|z ?(가|이|의 값이) ?(매우|아주|한없이|너무|충분히)? ?(크|커|작|멀)|(양|양쪽|두) ?끝|포화"
            r"|0 ?(또는|이나|과|와|아니면) ?1(?! ?(가운데|중))|(확신하는|확실한) (표본|입력|데이터|예측)|확실히 틀린|(확신했|확신하|확실하)지만|-10"
            r"|infinit|saturat|\b(large|big|far) (positive|negative|\|?z|inputs?)|z (is|gets|grows|becomes) (very )?(large|big)"
            r"|far (from|away|out)|tails?\b|0 (or|and) 1|(confident|certain) (samples?|examples?|inputs?|predictions?|but wrong)"
        ),
    },
    phrases={
        "certain": Phrase(r"확실|확신|단정|굳어|분명|certain|confiden|\bsure\b|decisive", hides=_UNCERTAIN),
        "uncertain": Phrase(_UNCERTAIN, negatable=False),
        "small gradient": Phrase(
            rf"{_GRADIENT}[^.]{{0,25}}?((?<![.\d])0(에|으|이|\b(?!\.))|소실|사라|매우 작|작아|vanish|zero|tiny|small|disappear)|gradient vanish",
            negatable=False,
        ),
        "no update": Phrase(
            rf"{_LEARNING}[^.]{{0,18}}?(없|않|멈|못|느려|느리|작|정지|0에|stop|vanish|negligible|tiny|small|zero|slow|noth)"
            r"|(no|not|n't|hardly|barely|little|tiny|small|stops?|never|nothing) (be |is |any |to |much )*(updat|learn|chang|adjust)"
            r"|거의 (배우|학습|바뀌)",
            negatable=False,
        ),
        "large update": Phrase(
            rf"{_LEARNING}[^.]{{0,18}}?(크|큰|커|많|최대|빠르|빨|활발|largest|biggest|most|maxim|large|strong|fast|great)"
            rf"|(largest|biggest|strongest|maximal|maximum|large|most|가장 (많이|크게)|많이|크게) (possible )?(을 |를 )?{_LEARNING}",
        ),
        "largest gradient": Phrase(
            rf"{_GRADIENT}[^.]{{0,25}}?(최대|최댓|가장 (크|커|큰|높)|1/4|0\.25|maxim|largest|biggest|steepest|highest|peak)"
            r"|(최대|가장 (큰|가파른)) ?(기울기|도함수)|0\.25는|(maxim\w*|largest|steepest|highest) (value of the |local )?(gradient|slope|derivative)"
        ),
        "beyond": Phrase(
            r"상류|upstream|소실|vanishing|(확신|확실)[^.]{0,15}(틀|잘못)|(틀린|잘못된|틀려도)[^.]{0,15}(고치|배우|수정)"
            r"|(confident|certain)\w*[^.]{0,12}wrong",
            negatable=False,
        ),
    },
    criteria=(
        Criterion(
            {"ko": "양 끝에서는 확률이 0 또는 1에 가까워 분류 결과가 확실하다",
             "en": "far out the probability is near 0 or 1, so the classification is certain"}, "4", "far", ("certain",),
            against=("uncertain",),
            whole=r"±|양쪽|두 끝|양 끝|\|z\||절[댓대]값|0 ?(또는|이나|과|와|아니면|or|and|,) ?1|-10|either|both|saturat|포화",
        ),
        Criterion(
            {"ko": "그곳에서는 국소 기울기가 0에 가까워 갱신이 (거의) 일어나지 않는다",
             "en": "there the local gradient is near 0, so there is (almost) no update"}, "3", "far",
            ("small gradient", "no update"), against=("large update", "largest gradient"),
        ),
        Criterion(
            {"ko": "z = 0에서는 확률이 1/2이라 분류 결과가 가장 불확실하다",
             "en": "at z = 0 the probability is 1/2, so the classification is most uncertain"}, "3", "zero", ("uncertain",),
            against=("certain",),
        ),
        Criterion(
            {"ko": "그곳에서는 국소 기울기가 최댓값 1/4이라 갱신이 가장 크게 일어난다",
             "en": "there the local gradient has its largest value 1/4, so the update is largest"}, "2", "zero",
            ("largest gradient", "large update"), against=("no update",),
        ),
        Criterion(
            {"ko": "상류 기울기와의 곱, 기울기 소실, 확실하지만 틀린 예측은 고치기 어렵다는 점 가운데 하나",
             "en": "the product with the upstream gradient, vanishing gradients, or that what is certain and wrong is hard to mend"},
            "2", "", ("beyond",),
        ),
    ),
)  # fmt: skip
