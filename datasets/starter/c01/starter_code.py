class Solution:
    def calmSpell(self, speeds: List[int], limit: int) -> List[int]:
        