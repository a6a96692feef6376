// Tiếng Việt: điều công bố ngoài giá cước.

export const words = {
  announcements: "Điều công bố ngoài giá cước",
  announcements_say: "Không phải số đối soát và không được cộng vào số nào: điều các nguồn đã nêu, kèm mức chắc chắn.",
  announced_as: "Loại",
  "announced_as.target": "mục tiêu",
  "announced_as.pledge": "cam kết",
  "announced_as.kept": "đã thực hiện",
  "announced_as.reported": "số liệu công bố",
  until_day: "Đến hết ngày",
  by_whom: "Đơn vị",
  content: "Nội dung",
  quantity: "Số lượng",
  amount_dong: "Số tiền (đồng)",
};
