"""A crowd drawn as dots, one for each person, so that a large number can be seen."""

from dataclasses import dataclass

#: The side of one dot's field, in the units of the picture.
CELL = 4


@dataclass(frozen=True)
class Block:
    """A rectangle of the picture that is filled with dots."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Dots:
    """`count` dots in rows of `columns`, row after row; the first `marked` of them stand out."""

    count: int
    marked: int
    columns: int

    @property
    def width(self) -> int:
        return self.columns * CELL

    @property
    def height(self) -> int:
        return -(-self.count // self.columns) * CELL

    @property
    def marked_blocks(self) -> list[Block]:
        return self._blocks(0, min(self.marked, self.count))

    @property
    def other_blocks(self) -> list[Block]:
        return self._blocks(min(self.marked, self.count), self.count)

    def _blocks(self, first: int, end: int) -> list[Block]:
        """The dots from one to before another: what is left of a row, whole rows, a part of one."""
        blocks = []
        while first < end:
            row, column = divmod(first, self.columns)
            whole = (end - first) // self.columns if column == 0 else 0
            taken = whole * self.columns or min(self.columns - column, end - first)
            blocks.append(
                Block(
                    x=column * CELL,
                    y=row * CELL,
                    width=(self.columns if whole else taken) * CELL,
                    height=max(whole, 1) * CELL,
                )
            )
            first += taken
        return blocks
