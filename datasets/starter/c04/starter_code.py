class Solution:
    def calibrate(self, table: List[List[float]], readings: List[float]) -> List[float]:
        