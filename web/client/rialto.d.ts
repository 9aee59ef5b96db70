export default function rialto(): void;
