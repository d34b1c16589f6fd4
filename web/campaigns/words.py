"""How values of distribution groups are written."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask


def skill_levels(skills: Mapping[str, int]) -> list[str]:
    """Skills with their least level, as Loans 7."""
    return [f"{skill} {level}" for skill, level in skills.items()]


def register(app: Flask) -> None:
    """Give the words to the app's templates."""
    app.add_template_filter(skill_levels)
