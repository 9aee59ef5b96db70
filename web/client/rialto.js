export default function rialto() {}
