"""A carrier of one subscriber: the mapping of its exports, and the heads of their columns."""

MAPPING = """\
name: cong-ty
title: "thử | test"
source_system: cong-ty
usage:
  - name: cuoc
    delimiter: ";"
    key: {columns: [ma]}
    destination: plan
    fields:
      carrier: {constant: vnpt}
      kind: {column: loai, values: {GOI: voice, GOICUOC: pack}}
      subscriber: {column: thue_bao}
      other: {column: so_bi_goi}
      started: {column: bat_dau, form: civil, zone: "+07:00"}
      duration: {column: giay, unit: s}
      pack: {column: goi}
      action: {column: viec, values: {DK: registration, GH: renewal}}
      charged: {column: da_thu}
subscriptions:
  - name: thue_bao
    delimiter: ";"
    fields:
      number: {column: so}
      account: {constant: ""}
      carrier: {constant: vnpt}
      plan: {constant: vnpt.VinaCard}
      segment: {constant: standard}
      payment: {constant: prepaid}
      home_locality: {constant: "79"}
      valid_from: {constant: "2020-01-01 00:00:00", form: civil}
      valid_until: {constant: "", form: civil}
"""
HEAD = "ma;loai;thue_bao;so_bi_goi;bat_dau;giay;goi;viec;da_thu"
