"""The pipelines that are compared: Rasa's own in bot/pipelines/, and ours with a part exchanged or left out.

Ours are made from config.yml, never copied, so that they cannot lag behind it.
"""

from pathlib import Path
from typing import Any, Dict, List, Optional

import yaml

from bot import settings

FOLDER = settings.ROOT / "bot" / "pipelines"
STOCK, OURS = "stock", "ours"
_FROM_FILES = (STOCK, "stock without selector", "stock with logistic regression")
_DIET, _SELECTOR, _FALLBACK = "DIETClassifier", "ResponseSelector", "FallbackClassifier"

Component = Dict[str, Any]
Pipeline = List[Component]
Config = Dict[str, Any]


def by_name(epochs: Optional[int] = None) -> Dict[str, Config]:
    """Every pipeline by its name, the stock one first; neural parts learn for `epochs` where that is given."""
    configs = {name: read(FOLDER / f"{name.replace(' ', '_')}.yml") for name in _FROM_FILES}
    ours = read(settings.ROOT / "config.yml")
    # ScopeJudge adds up the whole ranking, of which DIET would hand on the first ten places only.
    diet = {**_component(configs[STOCK], _DIET), "ranking_length": 0}
    configs[OURS] = ours
    configs["ours with DIET"] = exchanged(ours, "bot.intents.FarmIntentClassifier", [diet])
    configs["ours without outline"] = exchanged(ours, "bot.finder.OutlineFeaturizer", [])
    return {name: _for_epochs(config, epochs) for name, config in configs.items()}


def selector_alone(epochs: Optional[int] = None) -> Config:
    """The stock pipeline with nothing that judges intents: it only says which article answers."""
    stock = read(FOLDER / f"{STOCK}.yml")
    return _for_epochs(exchanged(exchanged(stock, _DIET, []), _FALLBACK, []), epochs)


def read(file: Path) -> Config:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def exchanged(config: Config, name: str, others: Pipeline) -> Config:
    """The configuration with other components in the place of one; LookupError where that one is not in it."""
    _component(config, name)
    pipeline: Pipeline = []
    for component in config["pipeline"]:
        pipeline += others if component["name"] == name else [component]
    return {**config, "pipeline": pipeline}


def selects(config: Config) -> bool:
    """Does the pipeline learn which article answers?"""
    return any(component["name"] == _SELECTOR for component in config["pipeline"])


def epochs(config: Config) -> int:
    """How often the neural parts of a pipeline see their sentences; 0 where it has none."""
    return max((int(component.get("epochs", 0)) for component in config["pipeline"]), default=0)


def _component(config: Config, name: str) -> Component:
    for component in config["pipeline"]:
        if component["name"] == name:
            return dict(component)
    raise LookupError(f"There is no {name} in the pipeline.")


def _for_epochs(config: Config, epochs: Optional[int]) -> Config:
    if epochs is None:
        return config
    pipeline = [{**c, "epochs": epochs} if "epochs" in c else c for c in config["pipeline"]]
    return {**config, "pipeline": pipeline}
