class Solution:
    def presses(self, switches: List[int], target: int) -> List[int]:
        