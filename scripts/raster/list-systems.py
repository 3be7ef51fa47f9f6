"""Prints, for every current EPSG and ESRI code, points of its area of use in it and what pyproj makes of them: a line of JSON each."""
import json
import math
import sys
import warnings

warnings.filterwarnings('ignore')
from pyproj import CRS, Transformer, network
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType

network.set_network_enabled(False)
kinds = [
    ('EPSG', 'projected', PJType.PROJECTED_CRS),
    ('EPSG', 'geographic', PJType.GEOGRAPHIC_2D_CRS),
    ('EPSG', 'compound', PJType.COMPOUND_CRS),
    ('ESRI', 'projected', PJType.PROJECTED_CRS),
    ('ESRI', 'geographic', PJType.GEOGRAPHIC_2D_CRS),
]
only = sys.argv[1] if len(sys.argv) > 1 else None

for authority, kind, type_ in kinds:
    for info in query_crs_info(auth_name=authority, pj_types=type_):
        code = f'{authority}:{info.code}'
        if only and code != only:
            continue
        row = {'code': code, 'kind': kind, 'points': []}
        area = info.area_of_use
        if area is not None:
            east = area.east + (360 if area.east < area.west else 0)
            try:
                crs = CRS(code)
                use = AreaOfInterest(area.west, area.south, area.east, area.north)
                there = Transformer.from_crs('EPSG:4326', crs, always_xy=True, area_of_interest=use)
                back = Transformer.from_crs(crs, 'EPSG:4326', always_xy=True, area_of_interest=use)
                for u in (0.1, 0.5, 0.9):
                    for v in (0.1, 0.5, 0.9):
                        longitude = area.west + u * (east - area.west)
                        latitude = area.south + v * (area.north - area.south)
                        longitude = (longitude + 180) % 360 - 180
                        x, y = there.transform(longitude, latitude)[:2]
                        if not (math.isfinite(x) and math.isfinite(y)):
                            continue
                        expected = back.transform(x, y)[:2]
                        if all(map(math.isfinite, expected)):
                            row['points'].append([x, y, *expected])
            except Exception as error:
                row['error'] = str(error)[:200]
        print(json.dumps(row), flush=True)
